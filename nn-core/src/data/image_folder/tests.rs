use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage};

use super::*;
use crate::base::test_folder::Folder;

struct Pictures(Folder);

impl Pictures {
    fn new(name: &str, classes: &[&str]) -> Self {
        let folder = Folder::new(&format!("images-{name}"));
        classes.iter().for_each(|class| fs::create_dir_all(folder.0.join(class)).expect("a folder"));
        Self(folder)
    }

    fn save(&self, name: &str, picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).expect("memory is writable");
        self.0.file(name, bytes.get_ref());
        bytes.into_inner()
    }

    fn folder(&self) -> ImageFolder {
        ImageFolder::new(&self.0.0)
    }

    /// A message after the folder.
    fn message<T>(&self, result: Result<T, Error>) -> String {
        result.err().expect("bad input").to_string().replace(&*self.0.0.to_string_lossy(), "")
    }
}

fn colours(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(10 * x) as u8, (20 * y) as u8, 200]))
}

fn grey(width: u32, height: u32, value: u8) -> GrayImage {
    GrayImage::from_pixel(width, height, Luma([value]))
}

#[test]
fn folders_are_classes() {
    let pictures = Pictures::new("classes", &["tulip", "daisy", ".hidden"]);
    pictures.save("tulip/b.png", colours(3, 2), ImageFormat::Png);
    pictures.save("tulip/a.PNG", grey(3, 2, 7), ImageFormat::Png);
    pictures.save("daisy/1.jpeg", grey(3, 2, 100), ImageFormat::Jpeg);
    pictures.0.file("daisy/notes.txt", b"not a picture");
    pictures.0.file("daisy/.DS_Store.png", b"not a picture");
    pictures.0.file("readme.png", b"in no class");
    let data = pictures.folder().read().expect("sound");
    assert_eq!((data.len(), data.shape(), data.classes()), (3, [3, 2, 3], 2));
    assert_eq!((data.class_name(0), data.class_name(1)), (Some("daisy"), Some("tulip")));
    assert!(data.labels().eq([0, 1, 1]));
    assert!(data.image(0).iter().all(|byte| byte.abs_diff(100) < 3), "JPEG is inexact");
    assert_eq!(data.image(1), [7; 18], "a comes before b");
    let planes = [[0, 10, 20, 0, 10, 20], [0, 0, 0, 20, 20, 20], [200; 6]];
    assert_eq!(data.image(2), planes.as_flattened());

    let data = pictures.folder().grey().read().expect("sound");
    assert_eq!((data.shape(), data.image(1)), ([1, 2, 3], &[7; 6][..]));
    // ITU-R BT.709: 0.2126 red, 0.7152 green, 0.0722 blue.
    for (found, expected) in data.image(2).iter().zip([14.4, 16.6, 18.7, 28.7, 30.9, 33.0]) {
        assert!((f64::from(*found) - expected).abs() <= 1.0, "{:?}", data.image(2));
    }
}

#[test]
fn pictures_are_resized_when_asked() {
    let pictures = Pictures::new("sizes", &["a", "b"]);
    let checks = GrayImage::from_fn(4, 4, |x, _| Luma([if x < 2 { 40 } else { 200 }]));
    pictures.save("a/1.png", checks, ImageFormat::Png);
    pictures.save("b/1.png", grey(5, 7, 9), ImageFormat::Png);
    let message = pictures.message(pictures.folder().grey().read());
    assert_eq!(message, "/b/1.png: expected 4×4 pixels as the first picture has, found 7×5; let them be resized");
    let data = pictures.folder().grey().resize(1, 4).read().expect("resized");
    assert_eq!((data.shape(), data.image(0), data.image(1)), ([1, 1, 4], &[40, 40, 200, 200][..], &[9; 4][..]));
    assert!(pictures.message(pictures.folder().resize(0, 4).read()).contains("must be at least 1"));
}

/// A file that claims to be a hundred thousand pixels wide and high.
fn vast() -> Vec<u8> {
    let mut header = b"IHDR\0\x01\x86\xa0\0\x01\x86\xa0\x08\0\0\0\0".to_vec();
    let mut crc = u32::MAX;
    for byte in &header {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 });
    }
    header.extend((!crc).to_be_bytes());
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec(), header, b"\0\0\0\0IDAT\x35\xaf\x06\x1e".to_vec()].concat()
}

#[test]
fn broken_files_are_named_or_skipped() {
    let pictures = Pictures::new("broken", &["a", "b"]);
    let sound = pictures.save("a/1.png", colours(30, 30), ImageFormat::Png);
    pictures.save("b/1.png", colours(30, 30), ImageFormat::Png);
    pictures.0.file("b/2.png", &sound[..sound.len() / 2]);
    pictures.0.file("b/3.jpg", b"<html>");
    pictures.0.file("b/4.png", &[]);
    pictures.0.file("b/5.png", &vast());
    pictures.save("b/6.png", colours(30, 29), ImageFormat::Png);
    let message = pictures.message(pictures.folder().read());
    assert!(message.starts_with("/b/2.png: no picture that can be read: "), "{message}");
    let (data, skipped) = pictures.folder().read_sound().expect("two are sound");
    assert!(data.labels().eq([0, 1]));
    let skipped: Vec<String> = skipped.into_iter().map(|error| pictures.message::<()>(Err(error))).collect();
    assert_eq!(skipped.len(), 5, "{skipped:?}");
    for (message, name) in skipped.iter().zip(["/b/2.png: ", "/b/3.jpg: ", "/b/4.png: ", "/b/5.png: ", "/b/6.png: "]) {
        assert!(message.starts_with(name), "{message}");
    }
    assert!(skipped[3].contains("a picture of 10000000000 bytes, more than the 268435456"), "{}", skipped[3]);
}

#[test]
fn nothing_to_read_is_told() {
    let none = Pictures::new("none", &[]);
    assert_eq!(none.message(none.folder().read()), " holds no samples; at least one is needed");
    let empty = Pictures::new("empty", &["a", "b"]);
    empty.save("a/1.png", grey(2, 2, 1), ImageFormat::Png);
    assert_eq!(empty.message(empty.folder().read()), "/b holds no samples; at least one is needed");
    assert_eq!(empty.message(empty.folder().read_sound()), "/b holds no samples; at least one is needed");
    let missing = ImageFolder::new("/no/such/folder").read().expect_err("missing").to_string();
    assert!(missing.starts_with("cannot read /no/such/folder: "), "{missing}");
}
