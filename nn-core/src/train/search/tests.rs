use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::base::test_folder::Folder;
use crate::train::checkpoint::CheckpointProblem;

fn space() -> Space {
    Space::new()
        .log_uniform("rate", 1e-4..1e-1)
        .uniform("dropout", -0.5..0.5)
        .integer("batch", 3..=6)
        .choice("rule", ["sgd", "adam", "lion"])
}

/// Smallest where the rate is 0.01.
fn valley(trial: &Trial) -> Result<f64, Error> {
    Ok((trial.number("rate")?.ln() - 0.01_f64.ln()).abs() + 1.0 / trial.budget() as f64)
}

fn bits(report: &Report) -> Vec<(Trial, u64)> {
    report.iter().map(|outcome| (outcome.trial.clone(), outcome.score.to_bits())).collect()
}

#[test]
fn values_are_drawn_as_asked() {
    let report = Search::random(space(), 4000).seed(3).run(|_| Ok(0.0)).expect("valid");
    let all = |value: fn(&Trial) -> f64| report.iter().map(|outcome| value(&outcome.trial)).collect::<Vec<f64>>();
    let share = |values: &[f64], holds: &dyn Fn(f64) -> bool| {
        values.iter().filter(|value| holds(**value)).count() as f64 / values.len() as f64
    };
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.03, "{found} for {expected}");
    let rates = all(|trial| trial.number("rate").expect("a number"));
    assert!(rates.iter().all(|rate| (1e-4..1e-1).contains(rate)));
    for (low, high) in [(1e-4, 1e-3), (1e-3, 1e-2), (1e-2, 1e-1)] {
        near(share(&rates, &|rate| (low..high).contains(&rate)), 1.0 / 3.0);
    }
    let dropouts = all(|trial| trial.number("dropout").expect("a number"));
    assert!(dropouts.iter().all(|dropout| (-0.5..0.5).contains(dropout)));
    near(share(&dropouts, &|dropout| dropout < -0.25), 0.25);
    let batches = all(|trial| trial.integer("batch").expect("an integer") as f64);
    for batch in [3.0, 4.0, 5.0, 6.0] {
        near(share(&batches, &|found| found == batch), 0.25);
    }
    let rules = all(|trial| f64::from(trial.choice("rule").expect("a choice") == "lion"));
    near(share(&rules, &|found| found == 1.0), 1.0 / 3.0);
    let both = rates.iter().zip(&dropouts).filter(|(rate, dropout)| **rate < 1e-3 && **dropout < 0.0).count();
    near(both as f64 / 4000.0, 1.0 / 6.0);
    let seeds: std::collections::BTreeSet<u64> = report.iter().map(|outcome| outcome.trial.seed()).collect();
    assert_eq!(seeds.len(), 4000);
}

#[test]
fn the_same_seed_gives_the_same_trials_on_any_number_of_threads() {
    let search = |seed| Search::halving(space(), 20, 1..=9, 3).seed(seed);
    let one = search(1).run(valley).expect("valid");
    for threads in [2, 3, 8] {
        // Late ones are done first.
        let slow = |trial: &Trial| {
            std::thread::sleep(std::time::Duration::from_micros(20 * (20 - trial.index() as u64)));
            valley(trial)
        };
        assert_eq!(bits(&search(1).threads(threads).run(slow).expect("valid")), bits(&one), "{threads} threads");
    }
    assert_ne!(bits(&search(2).run(valley).expect("valid")), bits(&one));
    // More trials are the same ones, and others.
    let trials = |count| {
        let report = Search::random(space(), count).seed(1).run(valley).expect("valid");
        let mut trials: Vec<Trial> = report.iter().map(|outcome| outcome.trial.clone()).collect();
        trials.sort_by_key(Trial::index);
        trials
    };
    assert_eq!(trials(30)[..20], trials(20));
}

#[test]
fn a_trial_runs_on_one_thread_where_there_are_several() {
    let search = Search::random(space(), 4).threads(2);
    let threads = search.run(|_| Ok(crate::exec::threads() as f64)).expect("valid");
    assert!(threads.iter().all(|outcome| outcome.score == 1.0), "{threads:?}");
}

#[test]
fn the_better_ones_go_on() {
    let calls = Mutex::new(Vec::new());
    let score = |index: usize| [5.0, 1.0, 4.0, f64::NAN, 1.0, 2.0, 3.0, 9.0, 0.5, f64::NEG_INFINITY][index];
    let search = Search::halving(space(), 10, 2..=10, 2);
    let report = search.run(|trial| {
        calls.lock().expect("whole").push((trial.budget(), trial.index(), trial.spent()));
        // Trial 8 is good in the first rung only.
        Ok(if trial.index() == 8 && trial.budget() > 2 { 7.0 } else { score(trial.index()) })
    });
    let report = report.expect("valid");
    let of = |budget: usize| {
        let calls = calls.lock().expect("whole");
        let called = calls.iter().filter(|call| call.0 == budget);
        called.map(|&(_, index, spent)| (index, spent)).collect::<Vec<_>>()
    };
    assert_eq!(of(2), (0..10).map(|index| (index, 0)).collect::<Vec<_>>());
    assert_eq!(of(4), [(1, 2), (4, 2), (5, 2), (6, 2), (8, 2)], "the best five of ten");
    assert_eq!(of(8), [(1, 4), (4, 4)], "the best two of five, and of equal ones the first");
    assert_eq!(of(10), [(1, 8)], "up to the largest budget");
    let order: Vec<(usize, usize)> = report.iter().map(|o| (o.trial.index(), o.trial.budget())).collect();
    assert_eq!(
        order,
        [(1, 10), (4, 8), (5, 4), (6, 4), (8, 4), (2, 2), (0, 2), (7, 2), (3, 2), (9, 2)],
        "by budgets, then scores; what is not finite is last"
    );
    assert_eq!(report.best().map(|outcome| outcome.trial.index()), Some(1));

    let largest = Search::random(space(), 10).maximise().run(|trial| Ok(score(trial.index()))).expect("valid");
    let order: Vec<usize> = largest.iter().map(|outcome| outcome.trial.index()).collect();
    assert_eq!(order, [7, 0, 2, 6, 5, 1, 4, 8, 3, 9]);
    let none = Search::random(space(), 2).run(|_| Ok(f64::NAN)).expect("valid");
    assert!(none.best().is_none());
}

#[test]
fn a_training_that_diverges_is_the_worst_and_other_errors_end_the_search() {
    let report = Search::random(space(), 3).run(|trial| match trial.index() {
        1 => Err(Error::NotFinite { epoch: 1, step: 1, loss: f64::NAN, origin: crate::Origin::Unknown }),
        index => Ok(index as f64),
    });
    let report = report.expect("valid");
    assert_eq!(report.iter().map(|outcome| outcome.trial.index()).collect::<Vec<_>>(), [0, 2, 1]);

    for threads in [1, 4] {
        let calls = AtomicUsize::new(0);
        let result = Search::random(space(), 100).threads(threads).run(|trial| {
            calls.fetch_add(1, Ordering::Relaxed);
            trial.number("speed")
        });
        let expected = "the space to search has no number `speed`; its parameters are number `rate`, number `dropout`, \
                        integer `batch`, choice `rule`";
        assert_eq!(result.expect_err("no speed").to_string(), expected);
        assert!(calls.into_inner() <= 2 * threads, "no further trial begins");
    }
    let wrong = Search::random(space(), 1).run(|trial| trial.integer("rate").map(|rate| rate as f64));
    assert!(matches!(wrong, Err(Error::Search(SearchProblem::Unknown { .. }))));
}

#[test]
fn a_search_is_resumed_bit_for_bit() {
    let folder = Folder::new("search");
    let path = folder.0.join("search.json");
    let search = || Search::halving(space(), 12, 1..=9, 3).seed(5);
    let whole = search().run(valley).expect("valid");
    // It fails at every place, and goes on from there.
    let calls = AtomicUsize::new(0);
    let mut stops = 0;
    let resumed = loop {
        let result = search().file(&path).threads(1 + stops % 3).run(|trial| {
            if calls.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
                return Err(Error::Empty { what: "the test".into() });
            }
            valley(trial)
        });
        match result {
            Ok(report) => break report,
            Err(error) => assert!(matches!(error, Error::Empty { .. }), "{error}"),
        }
        stops += 1;
    };
    assert!(stops >= 4);
    assert_eq!(bits(&resumed), bits(&whole));
    // Nothing is left to be done.
    let again = search().file(&path).run(|_| Err(Error::Empty { what: "the test".into() })).expect("all is done");
    assert_eq!(bits(&again), bits(&whole));
    // NaN comes back from the file.
    let path = folder.0.join("nan.json");
    let nan = |search: Search| search.file(&path).run(|_| Ok(f64::NAN)).expect("valid")[0].score;
    assert!(nan(Search::random(space(), 1)).is_nan() && nan(Search::random(space(), 1)).is_nan());
    // More trials than before.
    let more = Search::random(space(), 3).file(&path).run(valley).expect("valid");
    assert_eq!(more.iter().filter(|outcome| outcome.score.is_nan()).count(), 1);
}

#[test]
fn a_file_of_another_search_is_refused() {
    let folder = Folder::new("search-others");
    let path = folder.0.join("search.json");
    let search = || Search::random(space(), 2).file(&path);
    search().run(valley).expect("valid");
    let problem = |search: Search| match search.run(|_| panic!("never called")).expect_err("another") {
        Error::Checkpoint { problem, .. } => problem,
        error => panic!("{error}"),
    };
    let differs = |search| match problem(search) {
        CheckpointProblem::Differs { what, saved, found } => (what, saved, found),
        problem => panic!("{problem}"),
    };
    assert_eq!(differs(search().seed(1)), ("seed".into(), "0".into(), "1".into()));
    let wider = Search::random(space().uniform("more", 0.0..1.0), 2).file(&path);
    let (what, saved, found) = differs(wider);
    assert_eq!(
        (what.as_str(), saved.as_str()),
        (
            "space",
            r#"rate: log-uniform 0.0001..0.1, dropout: uniform -0.5..0.5, batch: integer 3..=6, rule: choice of ["sgd", "adam", "lion"]"#
        )
    );
    assert_eq!(found, saved + ", more: uniform 0.0..1.0");
    let halving = Search::halving(space(), 2, 1..=4, 2).file(&path);
    assert_eq!(differs(halving), ("budgets".into(), "[1]".into(), "[1, 2, 4]".into()));

    let text = fs::read_to_string(&path).expect("written");
    for (from, to, expected) in [
        (r#""nn_core.search": 1"#, r#""nn_core.search": 7"#, CheckpointProblem::Newer { found: 7, known: 1 }),
        (r#""bits""#, r#""bots""#, CheckpointProblem::Damaged { what: "bits".into() }),
        ("{", "<", CheckpointProblem::Damaged { what: "nn_core.search".into() }),
    ] {
        fs::write(&path, text.replace(from, to)).expect("writable");
        assert_eq!(problem(search()), expected);
    }
    let missing = Search::random(space(), 1).file(folder.0.join("no/such/folder.json")).run(valley);
    assert!(matches!(missing, Err(Error::Io { .. })));
}

#[test]
fn settings_out_of_range_are_refused() {
    let nan = f64::NAN;
    let spaces = [
        (Space::new(), "the space to search has no parameters; give it some: `Space::new().uniform(…)`"),
        (
            space().uniform("batch", 0.0..1.0),
            "the space to search has two parameters `batch`; give them names of their own",
        ),
        (
            Space::new().log_uniform("a", 0.0..1.0),
            "the range of `a` is log-uniform 0.0..1.0, but must be from a finite number above 0 to a larger one",
        ),
        (
            Space::new().uniform("a", 1.0..1.0),
            "the range of `a` is uniform 1.0..1.0, but must be from a finite number to a larger one",
        ),
        (Space::new().uniform("a", nan..1.0), "uniform NaN..1.0"),
        (Space::new().uniform("a", f64::MIN..f64::MAX), "from a finite number to a larger one"),
        (Space::new().log_uniform("a", 1.0..f64::INFINITY), "log-uniform 1.0..inf"),
        #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
        (Space::new().integer("a", 2..=1), "the range of `a` is integer 2..=1"),
        (Space::new().choice("a", [""; 0]), "the range of `a` is choice of []"),
        (Space::new().choice("a", ["b", "b"]), "must be one or more names, all different"),
    ];
    for (space, expected) in spaces {
        let error = Search::random(space, 1).run(valley).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
    #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    let searches = [
        (Search::random(space(), 0), "count of trials is 0, but must be at least 1"),
        (Search::random(space(), 1).threads(0), "count of threads is 0, but must be 1 to 1024"),
        (
            Search::halving(space(), 1, 0..=3, 3),
            "range of budgets is 0..=3, but must be not empty, and from 1 or above",
        ),
        (
            Search::halving(space(), 1, 3..=2, 3),
            "range of budgets is 3..=2, but must be not empty, and from 1 or above",
        ),
        (Search::halving(space(), 1, 1..=3, 1), "factor of successive halving is 1, but must be at least 2"),
    ];
    for (search, expected) in searches {
        assert_eq!(search.run(valley).expect_err(expected).to_string(), expected);
    }
    // The ends of what can be counted.
    let huge = Search::halving(Space::new().integer("a", 0..=usize::MAX), 5, usize::MAX / 2..=usize::MAX, 9);
    assert_eq!(huge.run(|trial| Ok(trial.integer("a")? as f64)).expect("valid").len(), 5);
}

#[test]
fn a_report_prints_as_a_table() {
    let space = Space::new().log_uniform("rate", 1e-4..1e-1).choice("rule", ["sgd", "adam"]);
    let report = Search::random(space.clone(), 2).seed(4).run(|trial| Ok(trial.index() as f64 / 3.0)).expect("valid");
    let text = report.to_string();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["rank", "trial", "rate", "rule", "score"]);
    let (first, second) = (&report[0].trial, &report[1].trial);
    assert_eq!(lines[1], ["1", "0", &first.values()[0].1.to_string(), first.choice("rule").expect("one"), "0.00000"]);
    assert_eq!(lines[2], ["2", "1", &second.values()[0].1.to_string(), second.choice("rule").expect("one"), "0.33333"]);
    let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
    assert_eq!(widths, [widths[0]; 3]);
    let halved = Search::halving(space, 2, 1..=2, 2).run(|_| Ok(f64::NAN)).expect("valid").to_string();
    assert!(halved.contains("budget") && halved.contains("NaN"), "{halved}");
}

#[cfg(feature = "plot")]
#[test]
fn a_report_is_drawn() {
    let folder = Folder::new("search-plot");
    let path = folder.0.join("search.svg");
    let search = Search::halving(space(), 30, 1..=9, 3).seed(1);
    let report = search.run(|trial| if trial.index() == 3 { Ok(f64::NAN) } else { valley(trial) }).expect("valid");
    report.plot("Search").save(&path).expect("drawn");
    let text = fs::read_to_string(path).expect("written");
    for word in ["best so far", "dropout", "rule: 0 adam, 1 lion, 2 sgd", "budget 9"] {
        assert!(text.contains(word), "{word}");
    }
}
