use std::path::PathBuf;

use super::*;
use crate::base::test_folder::Folder;
use crate::data::{Normalisation, Samples, Source};
use crate::weights::Metadata;
use crate::{Network, network, normalise};

const BIRDS: &str = "\
bill,mass,island,sex,species,year
40,4000,\"Dream, north\",f,Adelie,2007
50,5000,Biscoe,m,Gentoo,2008
,NA,Biscoe,,Gentoo,2008
60,6000,Torgersen,f,Adelie,2009
";

struct Files(Folder);

impl Files {
    fn new(name: &str) -> Self {
        Self(Folder::new(&format!("table-{name}")))
    }

    fn file(&self, text: impl AsRef<[u8]>) -> PathBuf {
        self.0.file("table.csv", text.as_ref())
    }

    fn table(&self, text: &str) -> Table {
        Table::read(self.file(text)).expect("valid")
    }

    /// A message after the folder.
    fn message<T>(&self, result: Result<T, Error>) -> String {
        let error = result.err().expect("bad input").to_string();
        error.replace(&format!("{}{}", self.0.0.display(), std::path::MAIN_SEPARATOR), "")
    }
}

fn columns() -> Columns {
    let columns = Columns::new().numbers(["bill", "mass"]).category("island").category("sex").missing(["NA"]);
    columns.fill_mean(["bill"]).fill_value("mass", 5000).fill_value("sex", "unknown")
}

fn rows<T: Input, Y: Target>(encoding: &Encoding, table: &Table) -> (Vec<Vec<T>>, Vec<Y>) {
    let data = encoding.samples::<T, Y>(table).expect("valid");
    let (mut inputs, mut targets) =
        (vec![T::default(); data.len() * data.sample_len()], vec![Y::default(); data.len()]);
    let indices: Vec<usize> = (0..data.len()).collect();
    data.gather(&indices, &mut inputs).expect("valid");
    data.targets(&indices, &mut targets).expect("valid");
    (inputs.chunks(data.sample_len()).map(<[T]>::to_vec).collect(), targets)
}

/// Mean 50 and variance (100 + 0 + 0 + 100) / 4 = 50 of `bill`, where the mean fills the gap; a hundred times as much of `mass`.
#[test]
fn cells_become_numbers() {
    let files = Files::new("cells");
    let table = files.table(BIRDS);
    assert_eq!((table.len(), &table.columns()[2..4]), (4, &["island".to_owned(), "sex".into()][..]));
    let encoding = columns().target_category("species").fit(&table).expect("valid");
    assert_eq!(encoding.classes(), ["Adelie", "Gentoo"]);
    let names =
        ["bill", "mass", "island=Biscoe", "island=Dream, north", "island=Torgersen", "sex=f", "sex=m", "sex=unknown"];
    assert_eq!((encoding.input_names(), encoding.input_len()), (names.map(str::to_owned).to_vec(), 8));

    let (inputs, labels) = rows::<f64, usize>(&encoding, &table);
    let far = 10.0 / 50.0_f64.sqrt();
    let expected = [
        [-far, -far, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        [far, far, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0],
    ];
    assert_eq!(labels, [0, 1, 1, 0]);
    for (found, expected) in inputs.iter().flatten().zip(expected.as_flattened()) {
        assert!((found - expected).abs() < 1e-12, "{inputs:?}");
    }
    let row = encoding.row::<f64>(&[("sex", "m"), ("bill", " 50 "), ("mass", ""), ("island", "Biscoe"), ("year", "?")]);
    assert_eq!(row.expect("valid"), inputs[1]);
}

#[test]
fn an_encoding_is_that_of_the_table_it_was_fitted_on() {
    let files = Files::new("fitted");
    let (train, test) = files.table(BIRDS).split_at(2).expect("valid");
    let columns = Columns::new().numbers(["mass", "bill"]).fill_mean(["mass", "bill"]).missing(["NA"]);
    let encoding = columns.clone().scaled_target("mass2").fit(&train);
    assert!(
        files
            .message(encoding)
            .starts_with("table.csv, column \"mass2\": there is no such column; did you mean \"mass\"?")
    );
    let columns = columns.target("bill");
    assert!(files.message(columns.fit(&train)).contains("column \"bill\": there is more than one column of this name"));

    let columns = Columns::new().number("mass").fill_mean(["mass"]).missing(["NA"]).scaled_target("bill");
    let encoding = columns.fit(&train).expect("valid");
    assert_eq!((encoding.value(-1.0), encoding.value(1.0)), (40.0, 50.0));
    let (inputs, _) = rows::<f32, f32>(&encoding, &train);
    assert_eq!(inputs, [[-1.0], [1.0]]);
    let message = files.message(encoding.samples::<f32, f32>(&test));
    assert_eq!(
        message,
        "table.csv, line 4, column \"bill\": the value is missing; leave out the row, or let the column be filled"
    );
    assert_eq!(encoding.inputs::<f32>(&test).expect("filled"), [0.0, 3.0]);
}

#[test]
fn an_index_is_a_whole_number() {
    let files = Files::new("index");
    let table = files.table(BIRDS);
    let columns = Columns::new().index("island").index("sex").fill_most_frequent(["sex"]).number("mass");
    let columns = columns.missing(["NA"]).fill_most_frequent(["mass"]).target_category("species");
    let encoding = columns.fit(&table).expect("valid");
    let (inputs, _) = rows::<u32, usize>(&encoding, &table);
    assert_eq!(inputs, [[1, 0], [0, 1], [0, 0], [2, 0]]);
    assert_eq!((encoding.categories("sex"), encoding.categories("mass").len()), (&["f".to_owned(), "m".into()][..], 0));
    let (numbers, _) = rows::<f32, usize>(&encoding, &table);
    assert_eq!((numbers.len(), numbers[0].len(), &numbers[2]), (4, 1, &numbers[0]), "4000 is the first of equals");
}

#[test]
fn rows_are_selected_as_those_of_any_set() {
    let files = Files::new("selected");
    let text: String = (0..50).map(|i| format!("{i}\n")).collect();
    let table = Csv::new().names(["n"]).read(files.file(text)).expect("valid").shuffled(3);
    let first: Vec<String> = table.column("n").expect("there").map(str::to_owned).collect();
    assert_ne!(first[..3], ["0", "1", "2"]);
    let (a, b) = table.split(0.8).expect("valid");
    let mut all: Vec<&str> = a.column("n").expect("there").chain(b.column("n").expect("there")).collect();
    all.sort_by_key(|n| n.parse::<u32>().expect("a number"));
    let even = a.clone().filter("n", |n| n.ends_with(['0', '2', '4', '6', '8'])).expect("there");
    assert!(
        even.column("n")
            .expect("there")
            .eq(a.column("n").expect("there").filter(|n| !n.ends_with(['1', '3', '5', '7', '9'])))
    );
    assert!(a.clone().filter("m", |_| true).is_err());
    assert!((a.len(), b.len()) == (40, 10) && all.iter().enumerate().all(|(i, n)| *n == i.to_string()));
}

#[test]
fn other_files_are_read() {
    let files = Files::new("other");
    let table = Csv::new().separator(b';').read(files.file("\u{feff}a ;\"b\"\n 1;\"x;\ny\"\n\n2;z\n")).expect("valid");
    assert_eq!(table.columns(), ["a", "b"]);
    assert_eq!(table.column("b").expect("there").collect::<Vec<_>>(), ["x;\ny", "z"]);
    let encoding = Columns::new().number("b").fit(&table);
    assert_eq!(files.message(encoding), "table.csv, line 2, column \"b\": expected a finite number, found \"x;\\ny\"");
    let encoding = Columns::new().category("a").target("b").fit(&table).expect("not read yet");
    assert!(
        files
            .message(encoding.samples::<f32, f32>(&table.split_at(1).expect("two").1))
            .starts_with("table.csv, line 5,")
    );
}

#[test]
fn bad_files_are_told_by_line() {
    let files = Files::new("bad");
    for (text, message) in [
        (&b""[..], "table.csv holds no samples; at least one is needed"),
        (b"a,b\n", "table.csv holds no samples; at least one is needed"),
        (b"a,b\n1,2\n3\n", "table.csv, line 3: expected 2 cells, one for each column, found 1"),
        (b"a,b\n1,2,3\n", "table.csv, line 2: expected 2 cells, one for each column, found 3"),
        (b"a,b\n1,2\n3,\xff\n", "table.csv, line 3: not text in UTF-8; save the file as UTF-8"),
        (b"a,b,a\n1,2,3\n", "table.csv, column \"a\": there is more than one column of this name; give each another"),
    ] {
        assert_eq!(files.message(Table::read(files.file(text))), message);
    }
    assert!(files.message(Table::read("/no/such/table.csv")).starts_with("cannot read /no/such/table.csv"));
    let few = Csv::new().names(["a"]).read(files.file("1\n2,3\n"));
    assert_eq!(files.message(few), "table.csv, line 2: expected 1 cells, one for each column, found 2");
}

#[test]
fn bad_cells_are_told_by_line_and_column() {
    let files = Files::new("cells-bad");
    let table = files.table("x,c\n1,a\nNaN,b\n,a\n");
    let one = || table.clone().take(1);
    for (columns, message) in [
        (Columns::new().number("x"), "table.csv, line 3, column \"x\": expected a finite number, found \"NaN\""),
        (
            Columns::new().number("x").missing(["NaN"]),
            "table.csv, line 3, column \"x\": the value is missing; leave out the row, or let the column be filled",
        ),
        (
            Columns::new().number("x").fill_mean(["x"]),
            "table.csv, line 3, column \"x\": expected a finite number, found \"NaN\"",
        ),
        (
            Columns::new().number("x").missing(["NaN", "1"]).fill_mean(["x"]),
            "table.csv, column \"x\": cannot be filled: all its values are missing",
        ),
        (
            Columns::new().number("x").fill_value("x", "none"),
            "table.csv, column \"x\": expected a finite number, found \"none\"",
        ),
        (
            Columns::new().category("c").fill_mean(["c"]),
            "table.csv, column \"c\": cannot be filled: categories have no mean",
        ),
        (
            Columns::new().category("c").fill_mean(["x"]),
            "table.csv, column \"x\": cannot be filled: it is not an input",
        ),
        (
            Columns::new().category("C"),
            "table.csv, column \"C\": there is no such column. The columns are \"x\", \"c\"",
        ),
    ] {
        assert_eq!(files.message(columns.fit(&table)), message);
    }
    let encoding = Columns::new().category("c").target("x").fit(&one()).expect("valid");
    let unknown =
        "table.csv, line 3, column \"c\": the category \"b\" was not in the table that was fitted on; known are \"a\"";
    assert_eq!(files.message(encoding.samples::<f32, f32>(&table)), unknown);
    let missing = files.message(encoding.row::<f32>(&[("d", "a")]));
    assert_eq!(missing, "the row, column \"c\": there is no such column. The columns are \"d\"");
    assert!(files.message(encoding.row::<f32>(&[("c", "b")])).starts_with("the row, column \"c\": the category \"b\""));
    let labels = files.message(encoding.samples::<f32, usize>(&one()));
    assert_eq!(labels, "table.csv, column \"x\": none of the columns becomes labels, which want `target_category`");
    let whole = files.message(encoding.samples::<u32, f32>(&one()));
    assert_eq!(whole, "table.csv: none of the columns becomes an input of whole numbers");
    let untargeted = Columns::new().category("c").fit(&one()).expect("valid");
    assert!(
        files.message(untargeted.samples::<f32, f64>(&one())).contains("numbers to be learnt, which want `target`")
    );
    assert!(matches!(encoding.samples::<f32, f32>(&one().take(0)), Err(Error::Empty { .. })));

    let many: String = (0..1025).map(|i| format!("{i}\n")).collect();
    let many = Csv::new().names(["id"]).read(files.file(many)).expect("valid");
    assert!(files.message(Columns::new().category("id").fit(&many)).contains("1025 categories, but at most 1024"));
    let encoding = Columns::new().index("id").fit(&many).expect("an index may have as many");
    assert_eq!(encoding.row::<u32>(&[("id", "999")]).expect("known"), [1024], "sorted as text, the last");
}

network! {
    struct Small = [8] -> affine(1);
}

#[test]
fn an_encoding_is_kept_beside_the_weights() {
    let files = Files::new("saved");
    let table = files.table(BIRDS);
    let weights = files.0.0.join("small.safetensors");
    let net = Small::<f32>::new(1);
    let both = columns().index("species").fill_most_frequent(["species"]);
    for columns in [columns(), both, columns().target_category("species"), columns().scaled_target("year")] {
        let encoding = columns.fit(&table).expect("valid");
        net.save_with(&weights, &encoding).expect("saved");
        assert_eq!(Encoding::load(&weights).expect("saved"), encoding);
        assert_eq!(Small::<f32>::load(&weights).expect("saved").block(), net.block());

        // What an embedded network does: numbers and categories as they are, and normalised by what the file tells.
        let normalisation = Normalisation::load(&weights).expect("saved");
        let mut raw = [60.0_f32, 6000.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
        normalise(normalisation.channels(), &mut raw);
        let cells = [("bill", "60"), ("mass", "6000"), ("island", "Torgersen"), ("sex", "f")];
        assert_eq!(encoding.row::<f32>(&cells).expect("valid"), raw);
    }

    net.save(&weights).expect("saved");
    assert!(files.message(Encoding::load(&weights)).contains("no entry `encoding`"));
    struct Wrong(&'static str);
    impl Metadata for Wrong {
        fn entries(&self) -> Vec<(&'static str, String)> {
            let normalisation = Normalisation::standard(&[(0.0, 1.0)]).expect("valid");
            [normalisation.entries(), vec![("encoding", self.0.into())]].concat()
        }
    }
    let column = |rest: &str| {
        format!(
            r#"{{"inputs": [{{"name": "a"{rest}}}], "target": null, "target_mean": 0, "target_deviation": 1, "missing": []}}"#
        )
    };
    for (text, expected) in [
        ("[", "EOF"),
        ("{}", "it is no encoding of a table"),
        (column(r#", "categories": ["b", "a"], "one_hot": true"#).leak(), "it is no encoding of a table"),
        (column(r#", "categories": ["a"], "fill": 1, "one_hot": true"#).leak(), "it is no encoding of a table"),
        (column(r#", "categories": ["a", "b"], "one_hot": true"#).leak(), "it is no encoding of a table"),
    ] {
        net.save_with(&weights, &Wrong(text)).expect("saved");
        let message = files.message(Encoding::load(&weights));
        assert!(
            message.contains("the entry `encoding` of its metadata is damaged") && message.contains(expected),
            "{message}"
        );
    }
    net.save_with(&weights, &Wrong(column("").leak())).expect("saved");
    assert_eq!(Encoding::load(&weights).expect("whole").input_names(), ["a"]);
}

#[test]
fn samples_of_a_table_are_samples() {
    let files = Files::new("samples");
    let table = files.table(BIRDS);
    let encoding = columns().target_category("species").fit(&table).expect("valid");
    let data: Samples<f32, usize> = encoding.samples(&table).expect("valid");
    let (train, test) = data.shuffled(1).split(0.5).expect("valid");
    assert_eq!((train.len(), test.labels().len()), (2, 2));
}
