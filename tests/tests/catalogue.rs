//! The catalogue of mistakes, `ui/`, as a whole: what no message shows, that each has a cure, and the page that is made of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// One message of the compiler.
struct Message {
    /// What is wrong, without `error:`.
    text: String,
    /// How it came to this, and what to do.
    more: Vec<String>,
    /// Where it stands: `ui/chains.rs:9:74`.
    place: String,
    /// The line of the source.
    source: String,
    /// What is underlined.
    under: String,
}

/// The cases of a folder, in the order of their names, with what the compiler says.
fn cases(folder: &str) -> Vec<(PathBuf, String)> {
    let paths = fs::read_dir(folder).expect("the catalogue").map(|entry| entry.expect("an entry").path());
    let mut sources: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect();
    sources.sort();
    let said = |path: &Path| fs::read_to_string(path.with_extension("stderr")).expect("what the compiler says");
    sources.into_iter().map(|path| (path.clone(), said(&path))).collect()
}

/// The messages of the macro. A line of a source is shown whole, so that what is underlined can be read off it.
fn messages(said: &str) -> Vec<Message> {
    let blocks = said.split("\n\n").map(|block| block.lines().collect::<Vec<_>>());
    let message = |lines: Vec<&str>| {
        let text = lines.first()?.strip_prefix("error: ")?.to_owned();
        let more = lines[1..].iter().take_while(|line| !line.trim_start().starts_with("-->"));
        let more = more.map(|line| line.trim().to_owned()).collect();
        let place = lines.iter().find_map(|line| line.trim_start().strip_prefix("--> "))?.to_owned();
        let at = lines.iter().position(|line| line.contains('^'))?;
        let (source, carets) = (lines.get(at - 1)?.split_once('|')?.1, lines[at].split_once('|')?.1);
        let start = carets.find('^')?;
        let under = source.chars().skip(start).take(carets.matches('^').count()).collect();
        Some(Message { text, more, place, source: source.trim().to_owned(), under })
    };
    blocks.filter_map(message).collect()
}

#[test]
fn no_message_shows_what_is_ours() {
    for (path, said) in cases("ui") {
        for word in ["UInt", "UTerm", "typenum", "K<", "N<", "__", "panicked", "nn-core/src", "nn-macros", "$crate"] {
            let mut lines = said.lines();
            assert!(!lines.any(|line| line.contains(word)), "{} shows {word}", path.display());
        }
    }
    for (path, said) in cases("ui/rustc") {
        for word in ["UInt", "UTerm", "typenum", "__nn"] {
            assert!(!said.contains(word), "{} shows {word}", path.display());
        }
    }
}

#[test]
fn every_message_has_its_own_place() {
    for (path, said) in cases("ui") {
        let all = messages(&said);
        assert_eq!(all.len(), said.lines().filter(|line| line.starts_with("error")).count(), "{}", path.display());
        for (i, message) in all.iter().enumerate() {
            assert!(!message.under.trim().is_empty(), "{}: {} underlines nothing", path.display(), message.text);
            let again = |other: &Message| other.place == message.place;
            assert!(!all[..i].iter().any(again), "{}: {} is said twice", path.display(), message.text);
        }
    }
}

/// The topics of the page, by the names of the cases.
const TOPICS: [(&str, &str); 5] = [
    ("elsewhere", "Words of other frameworks"),
    ("misspelt", "Misspelt words"),
    ("arguments", "Arguments"),
    ("windows", "Windows"),
    ("merges", "Merges"),
];

/// The page: all mistakes by topic, each with its message and its cure.
fn page() -> String {
    let mut page = String::from(
        "# What the compiler says\n\n\
         Every mistake in a network is one error, at the token that is wrong, in the words of the network. This page is made of the\n\
         catalogue in `tests/ui` by `PAGE=write cargo test -p nn-tests --test catalogue`; a test holds it to that.\n",
    );
    let title = |path: &Path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let known = TOPICS.iter().find(|(topic, _)| *topic == name).map(|(_, title)| (*title).to_owned());
        known.unwrap_or_else(|| {
            let words = name.replace('_', " ");
            words[..1].to_uppercase() + &words[1..]
        })
    };
    for (path, said) in cases("ui") {
        let _ = write!(page, "\n## {}\n", title(&path));
        let mut before = String::new();
        for Message { text, more, source, under, .. } in messages(&said) {
            if source != before {
                let _ = write!(page, "\n```text\n{source}\n```\n\n");
                before = source;
            }
            let more: String = more.iter().map(|line| format!("  \n  {line}")).collect();
            let _ = writeln!(page, "- At `{}`: {text}{more}", under.trim());
        }
    }
    page
}

#[test]
fn the_page_is_that_of_the_catalogue() {
    let path = "../docs/errors.md";
    if env::var("PAGE").is_ok_and(|value| value == "write") {
        fs::write(path, page()).expect("the page can be written");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == page(),
        "docs/errors.md is not made of the catalogue: `PAGE=write cargo test -p nn-tests --test catalogue`"
    );
}
