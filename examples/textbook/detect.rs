//! What is where: boxes around things.
//!
//!     cargo run --release -p nn-textbook --example detect
//!
//! Two ways to find clothes that are scattered over a picture. As R-CNN does it (Girshick et al., 2014): boxes in which something may
//! be, found by selective search, are cut out, brought to one size, and a convolution network says of each what it is, if anything, and how its box is to be moved.
//! And in one pass (Liu et al., "SSD", 2016): one map for the whole picture, whose every place says the same of the anchors around it.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::boxes::{
    Among, COCO, Detection, Mark, Rect, SelectiveSearch, Truth, anchors, hardest, marks, mean_average_precision,
    suppress,
};
use nn_core::data::{FASHION_CLASSES, Order, fashion_mnist};
use nn_core::layer::Head;
use nn_core::plot::{Picture, Pictures};
use nn_core::train::loss::SmoothL1;
use nn_core::train::schedule::{OneCycle, Schedule};
use nn_core::{Adam, Batch, CrossEntropy, Loss, Training, network, shape};
use nn_examples::location::Location;
use nn_textbook::scenes::{SIDE, Scene, Scenes};
use nn_textbook::{Arguments, Noise, run};

network! {
    /// Of a cut-out: nothing or which class, and how its box is to be moved.
    struct Look = {
        let eye = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu;
        eye -> affine(11), eye -> affine(4)
    };

    /// The same of three anchors at each place: 33 scores, class by class, and 12 numbers of boxes.
    struct OnePass = {
        let map = [1, 96, 96] -> conv(16, 3, pad = same) -> relu -> pool(2) -> conv(32, 3, pad = same) -> relu -> pool(2)
            -> conv(64, 3, pad = same) -> relu -> pool(2) -> 2 * (conv(64, 3, pad = same) -> relu);
        map -> conv(33, 3, pad = same), map -> conv(12, 3, pad = same)
    };
}

/// Nothing, and the classes.
const KINDS: usize = 11;
/// Height and width of the map, and the pixels to a place.
const GRID: usize = 12;
const STRIDE: usize = SIDE / GRID;
/// Widths and heights of anchors.
const SHAPES: [[f32; 2]; 3] = [[32.0, 32.0], [16.0, 34.0], [34.0, 18.0]];
const ANCHORS: usize = SHAPES.len() * GRID * GRID;
/// A network says a box's numbers so many times as large: they are small.
const TIMES: f32 = 5.0;
/// Of boxes of one class that share more than this only the surest is left.
const OVERLAP: f32 = 0.4;

/// A scene and the boxes in it.
struct Example {
    picture: Vec<f32>,
    truth: Vec<Truth>,
}

impl Example {
    fn of(scene: Scene) -> Result<Self, Box<dyn Error>> {
        let rect = |edges: [usize; 4]| Rect::new(edges.map(|edge| edge as f32));
        let truth: Result<Vec<Truth>, _> =
            scene.garments.iter().map(|g| Ok(Truth { rect: rect(g.edges)?, class: g.class })).collect();
        let picture = scene.picture.into_iter().map(|byte| f32::from(byte) / 255.0).collect();
        Ok(Self { picture, truth: truth.map_err(|error: nn_core::boxes::RectError| error)? })
    }

    fn rects(&self) -> Vec<Rect> {
        self.truth.iter().map(|truth| truth.rect).collect()
    }
}

/// What is to be said of a box: its kind, and where it should be, if it is of a thing.
#[derive(Clone, Copy)]
struct Target {
    kind: usize,
    said: Option<[f32; 4]>,
}

impl Target {
    fn of(mark: Mark, rect: &Rect, truth: &[Truth]) -> Option<Self> {
        match mark {
            Mark::Thing(i) => {
                let said = truth[i].rect.encode(rect).map(|number| number * TIMES);
                Some(Self { kind: truth[i].class + 1, said: Some(said) })
            }
            Mark::Nothing => Some(Self { kind: 0, said: None }),
            Mark::Unsure => None,
        }
    }
}

/// Cross-entropy of some boxes' kinds and smooth L1 of where those of things should be, with the gradients of both.
fn lose(kinds: &[f32], boxes: &[f32], targets: &[Target]) -> Result<(f32, Vec<f32>, Vec<f32>), nn_core::Error> {
    let (mut of_kinds, mut of_boxes) = (vec![0.0; kinds.len()], vec![0.0; boxes.len()]);
    let labels: Vec<usize> = targets.iter().map(|target| target.kind).collect();
    let mut loss = CrossEntropy.evaluate(Head::Identity, KINDS, kinds, &labels, &mut of_kinds)?;
    let things: Vec<(usize, [f32; 4])> = (0..).zip(targets).filter_map(|(i, target)| Some((i, target.said?))).collect();
    if !things.is_empty() {
        let found: Vec<f32> = things.iter().flat_map(|(i, _)| boxes[4 * i..4 * i + 4].iter().copied()).collect();
        let wanted: Vec<f32> = things.iter().flat_map(|(_, said)| *said).collect();
        let mut gradients = vec![0.0; found.len()];
        loss += SmoothL1::new(1.0).evaluate(Head::Identity, 4, &found, &wanted, &mut gradients)?;
        for ((i, _), gradients) in things.iter().zip(gradients.chunks_exact(4)) {
            of_boxes[4 * i..4 * i + 4].copy_from_slice(gradients);
        }
    }
    Ok((loss, of_kinds, of_boxes))
}

/// The most likely class of each box, where it has been moved, without doubles.
fn detections<'a>(said: impl Iterator<Item = (&'a Rect, Vec<f32>, Vec<f32>)>) -> Vec<Detection> {
    let mut list: Vec<Detection> = said
        .filter_map(|(rect, kinds, boxes)| {
            let mut probabilities = vec![0.0; KINDS];
            Head::Softmax.apply(KINDS, &kinds, &mut probabilities);
            let class = nn_core::argmax(&probabilities[1..]);
            let moved = Rect::decode(rect, [0, 1, 2, 3].map(|i| boxes[i] / TIMES)).ok()?.clipped([SIDE as f32; 2])?;
            Some(Detection { rect: moved, class, score: probabilities[class + 1] })
        })
        .filter(|found| found.score > 0.02)
        .collect();
    let kept = suppress(&mut list, OVERLAP, Among::All);
    list.truncate(kept);
    list
}

/// A cut-out, brought to 28×28 by bilinear interpolation; beyond the edge the picture goes on as it is there.
fn cut_out(picture: &[f32], rect: &Rect, to: &mut [f32]) {
    let ([x, y], [width, height]) = (rect.middle(), rect.size());
    let side = width.max(height) + 4.0;
    let place =
        |middle: f32, i: usize| (middle + ((i as f32 + 0.5) / 28.0 - 0.5) * side - 0.5).clamp(0.0, SIDE as f32 - 1.0);
    for (i, to) in to.iter_mut().enumerate() {
        let [y, x] = [place(y, i / 28), place(x, i % 28)];
        let ([top, left], [down, right]) = ([y as usize, x as usize], [y.fract(), x.fract()]);
        let at = |y: usize, x: usize| picture[y.min(SIDE - 1) * SIDE + x.min(SIDE - 1)];
        let row = |y: usize| at(y, left) + (at(y, left + 1) - at(y, left)) * right;
        *to = row(top) + (row(top + 1) - row(top)) * down;
    }
}

/// Boxes in which something may be: those of regions neither tiny nor as large as several clothes.
fn proposals(picture: &[f32]) -> Vec<Rect> {
    let boxes = SelectiveSearch::default().propose(picture, [1, SIDE, SIDE]);
    boxes.into_iter().filter(|found| found.area() >= 64.0 && found.size().iter().all(|&side| side <= 50.0)).collect()
}

/// R-CNN's training: eight boxes of each scene, at most half of them of things.
fn learn_cut_outs(examples: &[Example], epochs: usize) -> Result<Look, Box<dyn Error>> {
    let (mut crops, mut targets, mut noise) = (Vec::new(), Vec::new(), Noise::new(1));
    for example in examples {
        let rects: Vec<Rect> = proposals(&example.picture).into_iter().chain(example.rects()).collect();
        let marks = marks(&rects, &example.rects(), 0.5, 0.4);
        let of = |wanted: fn(&Mark) -> bool| (0..rects.len()).filter(|&i| wanted(&marks[i])).collect::<Vec<_>>();
        for mut some in [of(|mark| matches!(mark, Mark::Thing(_))), of(|mark| *mark == Mark::Nothing)] {
            for _ in 0..some.len().min(4) {
                let i = some.swap_remove(noise.below(some.len()));
                targets.extend(Target::of(marks[i], &rects[i], &example.truth));
                crops.push((0..784).map(|_| 0.0).collect::<Vec<f32>>());
                cut_out(&example.picture, &rects[i], crops.last_mut().expect("just put there"));
            }
        }
    }
    const BATCH: usize = 64;
    let (mut net, mut adam, mut training) = (Look::new(1), Adam::new(0.002), Training::new(BATCH));
    let mut order = Order::new(crops.len(), 1);
    let schedule = OneCycle::new((epochs * crops.len().div_ceil(BATCH)) as u64);
    let mut step = 0;
    for epoch in 1..=epochs {
        order.shuffle(epoch as u64);
        let mut batches = order.batches(BATCH);
        while let Some(indices) = batches.next() {
            let inputs: Vec<f32> = indices.iter().flat_map(|&i| crops[i].iter().copied()).collect();
            let some: Vec<Target> = indices.iter().map(|&i| targets[i]).collect();
            training.pass(&net, &Batch::<shape![1, 28, 28]>::from_slice(&inputs)?, |said, gradients| {
                let (loss, of_kinds, of_boxes) = lose(said[0], said[1], &some)?;
                gradients[0].copy_from_slice(&of_kinds);
                gradients[1].copy_from_slice(&of_boxes);
                Ok(loss)
            })?;
            adam.set_factor(schedule.factor(step));
            training.step(&mut net, &mut adam)?;
            step += 1;
        }
    }
    Ok(net)
}

/// Where the numbers of an anchor lie in the two maps of a picture.
fn place(anchor: usize, number: usize, numbers: usize) -> usize {
    let (shape, cell) = (anchor / (GRID * GRID), anchor % (GRID * GRID));
    (shape * numbers + number) * GRID * GRID + cell
}

fn numbers(map: &[f32], anchor: usize, count: usize) -> Vec<f32> {
    (0..count).map(|number| map[place(anchor, number, count)]).collect()
}

/// The loss of a picture's anchors: those of things, and three times as many that see nothing and are least sure of it.
fn lose_picture(
    kinds: &[f32],
    boxes: &[f32],
    marks: &[Mark],
    anchors: &[Rect],
    truth: &[Truth],
    share: f32,
    gradients: [&mut [f32]; 2],
) -> Result<f32, nn_core::Error> {
    let doubt = |anchor: usize| {
        let logits = numbers(kinds, anchor, KINDS);
        logits.iter().map(|logit| (logit - logits[0]).exp()).sum::<f32>()
    };
    let doubts: Vec<f32> = (0..ANCHORS).map(doubt).collect();
    let things = (0..ANCHORS).filter(|&i| matches!(marks[i], Mark::Thing(_)));
    let asked: Vec<usize> = things.chain(hardest(marks, &doubts, 3, 4)).collect();
    let targets: Vec<Target> = asked.iter().filter_map(|&i| Target::of(marks[i], &anchors[i], truth)).collect();
    let of = |map: &[f32], count| asked.iter().flat_map(|&i| numbers(map, i, count)).collect::<Vec<f32>>();
    let (loss, of_kinds, of_boxes) = lose(&of(kinds, KINDS), &of(boxes, 4), &targets)?;
    let [to_kinds, to_boxes] = gradients;
    for (of, to, count) in [(of_kinds, to_kinds, KINDS), (of_boxes, to_boxes, 4)] {
        to.fill(0.0);
        for (&anchor, numbers) in asked.iter().zip(of.chunks_exact(count)) {
            numbers.iter().enumerate().for_each(|(i, number)| to[place(anchor, i, count)] = share * number);
        }
    }
    Ok(loss)
}

/// The one-pass detector's training.
fn learn_anchors(examples: &[Example], anchors: &[Rect], epochs: usize) -> Result<OnePass, Box<dyn Error>> {
    const BATCH: usize = 16;
    let marks: Vec<Vec<Mark>> = examples.iter().map(|example| marks(anchors, &example.rects(), 0.5, 0.35)).collect();
    let (mut net, mut adam, mut training) = (OnePass::new(1), Adam::new(0.003), Training::new(BATCH));
    let mut order = Order::new(examples.len(), 1);
    let schedule = OneCycle::new((epochs * examples.len().div_ceil(BATCH)) as u64);
    let mut step = 0;
    for epoch in 1..=epochs {
        order.shuffle(epoch as u64);
        let mut batches = order.batches(BATCH);
        while let Some(indices) = batches.next() {
            let inputs: Vec<f32> = indices.iter().flat_map(|&i| examples[i].picture.iter().copied()).collect();
            training.pass(&net, &Batch::<shape![1, 96, 96]>::from_slice(&inputs)?, |said, gradients| {
                let [to_kinds, to_boxes] = gradients else { unreachable!("two outputs") };
                let (of_kinds, of_boxes) = (3 * KINDS * GRID * GRID, 12 * GRID * GRID);
                let maps = said[0].chunks_exact(of_kinds).zip(said[1].chunks_exact(of_boxes));
                let places = to_kinds.chunks_exact_mut(of_kinds).zip(to_boxes.chunks_exact_mut(of_boxes));
                let share = 1.0 / indices.len() as f32;
                for (((kinds, boxes), to), &i) in maps.zip(places).zip(indices) {
                    lose_picture(kinds, boxes, &marks[i], anchors, &examples[i].truth, share, [to.0, to.1])?;
                }
                Ok(())
            })?;
            adam.set_factor(schedule.factor(step));
            training.step(&mut net, &mut adam)?;
            step += 1;
        }
    }
    Ok(net)
}

/// What a detector finds in each picture, one after the other, and how long it takes.
fn find(
    name: &str,
    examples: &[Example],
    mut detector: impl FnMut(&[f32]) -> Result<Vec<Detection>, Box<dyn Error>>,
) -> Result<Vec<Vec<Detection>>, Box<dyn Error>> {
    let start = Instant::now();
    let found = examples.iter().map(|example| detector(&example.picture)).collect::<Result<Vec<_>, _>>()?;
    let milliseconds = 1000.0 * start.elapsed().as_secs_f64() / examples.len() as f64;
    let truth: Vec<Vec<Truth>> = examples.iter().map(|example| example.truth.clone()).collect();
    let [half, all] = [&COCO[..1], &COCO].map(|limits| mean_average_precision(&found, &truth, limits));
    println!("{name}: mAP@0.5 {half:.4}, mAP@0.5:0.95 {all:.4}; {milliseconds:.2} ms a picture");
    Ok(found)
}

/// A picture with boxes drawn into it.
fn framed(picture: &[f32], boxes: &[(Rect, [f64; 3])], caption: String) -> Picture {
    const SCALE: usize = 2;
    let side = SIDE * SCALE;
    let mut pixels = vec![0.0; 3 * side * side];
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let (y, x) = (i / side % side / SCALE, i % side / SCALE);
        *pixel = picture[y * SIDE + x].into();
    }
    for (rect, colour) in boxes {
        let [left, top, right, bottom] = rect.edges().map(|edge| ((edge * SCALE as f32) as usize).min(side - 1));
        let along = (left..=right).flat_map(|x| [(x, top), (x, bottom)]);
        for (x, y) in along.chain((top..=bottom).flat_map(|y| [(left, y), (right, y)])) {
            (0..3).for_each(|c| pixels[(c * side + y) * side + x] = colour[c]);
        }
    }
    Picture::new(pixels, [3, side, side]).caption(caption)
}

/// What is there and what each detector finds, picture by picture.
fn sheet(examples: &[Example], detectors: [(&str, &[Vec<Detection>]); 2]) -> Pictures {
    const COUNT: usize = 4;
    let mut sheet = Pictures::new("Clothes in their boxes").columns(3).scale(1);
    for (i, example) in examples.iter().take(COUNT).enumerate() {
        let boxes: Vec<_> = example.truth.iter().map(|truth| (truth.rect, [1.0, 1.0, 1.0])).collect();
        let names: Vec<&str> = example.truth.iter().map(|truth| FASHION_CLASSES[truth.class]).collect();
        sheet = sheet.picture(framed(&example.picture, &boxes, format!("truth\n{}", names.join(", "))));
        for (name, found) in &detectors {
            let sure: Vec<&Detection> = found[i].iter().filter(|found| found.score > 0.3).collect();
            let boxes: Vec<_> = sure.iter().map(|found| (found.rect, [1.0, 0.85, 0.1])).collect();
            let words = |found: &&Detection| format!("{} {:.2}", FASHION_CLASSES[found.class], found.score);
            let caption = format!("{name}\n{}", sure.iter().map(words).collect::<Vec<_>>().join(", "));
            sheet = sheet.picture(framed(&example.picture, &boxes, caption));
        }
    }
    sheet
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (clothes, test_clothes) = fashion_mnist(Location::find(arguments.data.clone()).folder())?;
    let (count, test_count) = arguments.choose((6000, 1000), (1500, 300));
    let train: Vec<Example> = Scenes::train(&clothes).take(count).map(Example::of).collect::<Result<_, _>>()?;
    let test: Vec<Example> = Scenes::test(&test_clothes).take(test_count).map(Example::of).collect::<Result<_, _>>()?;
    let things = test.iter().flat_map(|example| &example.truth).count();
    let reached = |example: &Example| {
        let boxes = proposals(&example.picture);
        example.truth.iter().filter(|truth| boxes.iter().any(|found| found.iou(&truth.rect) >= 0.5)).count()
    };
    let recall = test.iter().map(reached).sum::<usize>() as f64 / things as f64;
    println!(
        "{count} scenes to learn from, {test_count} with {things} clothes to test with; selective search proposes {recall:.3} of them"
    );

    let start = Instant::now();
    let look = learn_cut_outs(&train, arguments.choose(8, 8))?;
    println!("R-CNN: {} parameters, learnt in {:.0} s", Look::<f32>::PARAMETERS, start.elapsed().as_secs_f64());
    let by_cut_outs = find("R-CNN", &test, |picture| {
        let proposed = proposals(picture);
        let mut crops = Batch::<shape![1, 28, 28]>::zeros(proposed.len());
        crops.iter_mut().zip(&proposed).for_each(|(crop, rect)| cut_out(picture, rect, crop));
        let (kinds, boxes) = look.predict(&crops)?;
        let said = proposed.iter().zip(kinds.iter().zip(boxes.iter()));
        Ok(detections(said.map(|(rect, (kinds, boxes))| (rect, kinds.to_vec(), boxes.to_vec()))))
    })?;

    let start = Instant::now();
    let anchors = anchors([GRID, GRID], STRIDE as f32, &SHAPES)?;
    let one_pass = learn_anchors(&train, &anchors, arguments.choose(12, 10))?;
    println!("one pass: {} parameters, learnt in {:.0} s", OnePass::<f32>::PARAMETERS, start.elapsed().as_secs_f64());
    let in_one_pass = find("one pass", &test, |picture| {
        let (kinds, boxes) = one_pass.predict(&Batch::<shape![1, 96, 96]>::from_slice(picture)?)?;
        let (kinds, boxes) = (kinds.as_slice(), boxes.as_slice());
        let said = (0..ANCHORS).map(|i| (&anchors[i], numbers(kinds, i, KINDS), numbers(boxes, i, 4)));
        Ok(detections(said))
    })?;
    sheet(&test, [("R-CNN", &by_cut_outs), ("one pass", &in_one_pass)]).save(arguments.picture("detect.png")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Detection: boxes around things", experiment)
}
