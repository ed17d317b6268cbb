use super::*;

/// The values of a schedule are compared with PyTorch's in `tests/tests/pytorch/schedules.rs`; here is what PyTorch does not have.
#[test]
fn a_closure_is_a_schedule() {
    let schedule: Box<dyn Schedule> = Box::new(|at: u64| 1.0 / (1.0 + at as f64));
    assert_eq!((schedule.factor(0), schedule.factor(3), schedule.length()), (1.0, 0.25, None));
}

#[test]
fn what_is_over_stays() {
    assert_eq!(Cosine::new(10).least(0.2).factor(1000), 0.2);
    let cycle = OneCycle::new(10);
    assert_eq!(cycle.factor(9), cycle.factor(1000));
    assert!((cycle.factor(9) - 4e-6).abs() < 1e-12);
    assert_eq!(Cosine::new(3).restarts(1).factor(3 * 1_000_000_007), 1.0);
}

#[test]
fn lengths_are_known() {
    assert_eq!(WarmUp::new(5, Cosine::new(95)).length(), Some(100));
    assert_eq!(WarmUp::new(5, Constant).length(), Some(5));
    assert_eq!(Cosine::new(5).restarts(2).length(), None);
    assert_eq!(OneCycle::new(7).length(), Some(7));
}

#[test]
fn a_plateau_is_remembered() {
    let mut first = Plateau::new(0.5, 1);
    [3.0, 2.0, 2.0].into_iter().for_each(|loss| first.observe(loss));
    let mut second = Plateau::new(0.5, 1);
    second.restore(&first.state());
    for schedule in [&mut first, &mut second] {
        schedule.observe(f64::NAN);
        assert_eq!(schedule.factor(4), 0.5);
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let wrong: [Box<dyn Schedule>; 12] = [
        Box::new(Steps::new(0, 0.5)),
        Box::new(Steps::new(3, -0.5)),
        Box::new(Exponential::new(f64::NAN)),
        Box::new(Cosine::new(0)),
        Box::new(Cosine::new(3).least(1.5)),
        Box::new(Cosine::new(3).restarts(0)),
        Box::new(OneCycle::new(0)),
        Box::new(OneCycle::new(2)),
        Box::new(OneCycle::new(10).rises(1.0)),
        Box::new(Plateau::new(1.0, 3)),
        Box::new(Plateau::new(0.5, 3).least(-1.0)),
        Box::new(WarmUp::new(0, Constant)),
    ];
    for (i, schedule) in wrong.iter().enumerate() {
        assert!(matches!(schedule.validate(), Err(Error::Setting { .. })), "case {i}");
    }
    assert!(WarmUp::new(3, OneCycle::new(10)).validate().is_ok());
}
