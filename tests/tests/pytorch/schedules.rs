//! Every schedule over forty steps.

use nn_core::train::schedule::{Constant, Cosine, Exponential, OneCycle, Plateau, Schedule, Steps, WarmUp};

use crate::fixture::{Comparison, Fixture};

#[test]
fn factors_are_the_same() {
    let cases: [(&str, Box<dyn Schedule>); 8] = [
        ("constant", Box::new(Constant)),
        ("step", Box::new(Steps::new(10, 0.5))),
        ("exponential", Box::new(Exponential::new(0.9))),
        ("cosine", Box::new(Cosine::new(40).least(0.1))),
        ("restarts", Box::new(Cosine::new(5).least(0.1).restarts(2))),
        ("one_cycle", Box::new(OneCycle::new(40))),
        ("warm_up", Box::new(WarmUp::new(5, Exponential::new(0.9)))),
        ("plateau", Box::new(Plateau::new(0.5, 3).least(0.1))),
    ];
    let reference = Fixture::open("schedules");
    let mut comparison = Comparison::new("schedules", 1e-12, 0.0);
    for (case, mut schedule) in cases {
        let factors: Vec<f64> = (0..40)
            .zip(reference.get("losses"))
            .map(|(at, &loss)| {
                let factor = schedule.factor(at);
                schedule.observe(loss);
                factor
            })
            .collect();
        comparison.close(case, reference.get(case), &factors);
    }
    comparison.finish();
}
