//! Regions of a map, given by boxes.

use nn_core::network;

network! {
    pub struct Without(map: [3, 8, 8], boxes: [5, 4]) = map -> roi_align(7) -> affine(10);
    pub struct Turned(map: [3, 8, 8], boxes: [4, 5]) = map -> roi_align(7, boxes = boxes) -> affine(10);
    pub struct Words(map: [3, 8, 8], boxes: [5, 4 of 8]) = map -> roi_pool(7, boxes = boxes) -> affine(10);
    pub struct Unknown(map: [3, 8, 8], boxes: [5, 4]) = map -> roi_pool(7, boxes = boxs) -> affine(10);
    pub struct Scale(map: [3, 8, 8], boxes: [5, 4]) = map -> roi_pool(7, boxes = boxes, scale = 0) -> affine(10);
    pub struct Row(map: [192], boxes: [5, 4]) = map -> roi_pool(7, boxes = boxes) -> affine(10);
    pub struct Varying(map: [3, 8, 8], boxes: [..5, 4]) = map -> roi_align(7, boxes = boxes) -> affine(10);
    pub struct Large(map: [3, 8, 8], boxes: [5, 4]) = map -> roi_pool(1_000_000, boxes = boxes) -> affine(10);
}

fn main() {}
