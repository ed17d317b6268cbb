//! Every kind of panel, as SVG and as PNG.

use std::fs;
use std::path::PathBuf;

use nn_plot::{Bars, Contour, Curves, Grid, Histogram, Matrix, Panel, Picture, Pictures, PlotError};

fn path(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join("nn-plot-tests");
    fs::create_dir_all(&folder).expect("a folder for pictures");
    folder.join(name)
}

fn panels() -> Vec<(&'static str, Panel)> {
    let falling: Vec<f64> = (1..200).map(|i| 2.3 / f64::from(i).sqrt()).collect();
    let jumping: Vec<f64> = falling.iter().enumerate().map(|(i, y)| y * (1.0 + (i * 37 % 11) as f64 / 20.0)).collect();
    let bell: Vec<f64> =
        (0..2000).map(|i| f64::from(i * 7919 % 1009) / 1009.0 + f64::from(i * 104_729 % 997) / 997.0 - 1.0).collect();
    let way: Vec<(f64, f64)> = (0..30).map(|i| (-7.0 * 0.9f64.powi(i), 2.0 * (-0.8f64).powi(i))).collect();
    let curves = Curves::new("Losses").axes("step", "cross-entropy").curve("SGD", &jumping).curve("Adam", &falling);
    let histogram = Histogram::new("tanh, layer 2", &bell);
    let bars = Bars::new("Test accuracy", ["scratch", "head only", "fine-tuned"]).unit("%");
    let image = |seed: usize| Picture::new((0..784).map(move |i| ((i * seed) % 29) as f64 / 28.0), [1, 28, 28]);
    vec![
        ("curves", curves.clone().into()),
        ("log", curves.clone().log_y().smoothed(9).into()),
        ("histogram", histogram.clone().into()),
        ("bars", bars.bars("100 images", &[81.0, 88.5, 90.1]).bars("1000 images", &[90.2, 91.0, 93.4]).into()),
        (
            "matrix",
            Matrix::new("Confusion", ["shirt", "bag", "boot"], &[90.0, 3.0, 7.0, 0.0, 99.0, 1.0, 2.0, 1.0, 97.0])
                .into(),
        ),
        (
            "contour",
            Contour::new("f(x, y) = x²/20 + y²", (-10.0, 10.0), (-5.0, 5.0), |x, y| x * x / 20.0 + y * y)
                .way("momentum", &way)
                .minimum(0.0, 0.0)
                .into(),
        ),
        (
            "images",
            Pictures::new("Images").columns(4).pictures((1..8).map(|i| image(i).caption(format!("number {i}")))).into(),
        ),
        ("grid", Grid::new("Panels of two kinds").panel(curves).panel(histogram.clone()).panel(histogram).into()),
    ]
}

#[test]
fn every_panel_is_drawn() {
    for (name, panel) in panels() {
        let (svg, png) = (path(&format!("{name}.svg")), path(&format!("{name}.png")));
        panel.save(&svg).expect(name);
        panel.save(&png).expect(name);
        let text = fs::read_to_string(&svg).expect(name);
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{name}");
        let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(&png).expect(name)));
        let mut reader = decoder.read_info().expect(name);
        let mut pixels = vec![0; reader.output_buffer_size().expect(name)];
        reader.next_frame(&mut pixels).expect(name);
        // Not the paper alone.
        assert!(pixels.iter().filter(|&&byte| byte < 100).count() > 300, "{name}");
    }
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let curves = || Curves::new("Losses").curve("nothing", &[f64::NAN]);
    for (error, expected) in [
        (curves().save(path("x.svg")), "Losses: no curve has a finite point"),
        (Bars::new("B", ["a"]).bars("g", &[1.0, 2.0]).save(path("x.svg")), "B: `g` has 2 values for 1 names"),
        (Matrix::new("M", ["a"], &[]).save(path("x.svg")), "M: 1 names need 1 counts, not 0"),
        (Grid::new("G").save(path("x.svg")), "G: a grid needs a panel"),
        (Histogram::new("H", &[1.0]).between(2.0, 2.0).save(path("x.svg")), "H: the range from 2 to 2 is empty"),
        (
            Pictures::new("P").picture(Picture::new([0.0f32; 3], [1, 2, 2])).save(path("x.png")),
            "P: image 0 has 3 numbers for [1, 2, 2]; it needs 1 or 3 channels",
        ),
    ] {
        assert_eq!(error.expect_err(expected).to_string(), expected);
    }
    assert!(matches!(curves().save(path("x.jpg")), Err(PlotError::Format { .. })));
    let nowhere = Histogram::new("H", &[1.0]).save("/no/such/folder/x.svg");
    assert!(matches!(nowhere, Err(PlotError::Io { .. })), "{nowhere:?}");
    assert!(!path("x.svg").exists() && !path("x.png").exists());
}
