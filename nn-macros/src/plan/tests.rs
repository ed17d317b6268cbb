//! Plans are run on paper: every operand must still be where it was put when it is read.

use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::report::Report;
use crate::{graph, parse, shapes};

fn planned(source: &str) -> Plan {
    let mut report = Report::default();
    let file = parse::parse(source.parse().expect("tokens"), &mut report);
    let networks = graph::build(&file, &mut report);
    let graph = networks[0].graph.as_ref().expect("a graph");
    let shapes = shapes::infer(graph, &shapes::Parts::new(), &mut report);
    let mistakes = report.into_mistakes();
    assert!(mistakes.is_empty(), "{mistakes:?}");
    plan(graph, &shapes.expect("shapes"))
}

const NETWORKS: [&str; 13] = [
    "struct A = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;",
    "struct B = [3, 8, 8] -> conv(4, 3) -> tanh -> gelu -> conv(4, 3) -> silu -> conv(4, 3) -> affine(2) -> gelu -> affine(2);",
    "block basic(c) = residual(conv(c, 3, pad = 1) -> bn -> relu -> conv(c, 3, pad = 1) -> bn) -> relu;
     struct C = [3, 8, 8] -> conv(4, 3, pad = 1) -> bn -> relu -> 3 * basic(4) -> global_avg_pool -> affine(3) -> softmax;",
    "struct D = [3, 8, 8] -> concat(conv(2, 1) -> gelu | conv(3, 1) -> relu -> conv(2, 3, pad = same) | pool(3, stride = 1, pad = 1)) -> dropout -> affine(4) -> affine(4) -> affine(4);",
    "struct E(a: [4], b: [4]) = { let x = add(a | b) -> affine(4) -> gelu; let y = x -> affine(4); mul(x | y) -> affine(2), y };",
    "struct F = [6] -> residual(affine(6) -> gelu -> residual(affine(6) -> silu -> affine(6)) -> affine(6)) -> affine(2);",
    "struct G = [6] -> add(id | id | gelu) -> mul(id | id) -> layer_norm -> inner::Net -> [6] -> bn -> sigmoid;",
    "struct I = [2, 4, 4] -> conv(3, 1) -> bn -> relu
         -> residual(residual(conv(3, 1) -> bn) -> relu -> residual(conv(3, 1) -> bn) -> conv(3, 1) -> bn) -> relu -> conv(1, 3);",
    "struct J = { let a = [2, 4, 4] -> conv(3, 3) -> bn -> relu; let b = a -> add(conv(3, 1) -> bn | id | conv(3, 1) | bn);
         let c = add(a | b | a -> conv(3, 1) -> bn -> relu); c -> mul(id | b) -> dropout -> affine(2), a -> conv(1, 1) };",
    "struct H = [4, 6, 6] -> bn -> add(conv(4, 1) | id | pool(1)) -> bn -> relu -> conv(2, 1) -> sigmoid;",
    "struct K = { let (a, b) = [4, 3, 3] -> conv(4, 1) -> bn -> split(2); mul(a | b) -> affine(2), b };",
    "struct L = { let (a, b) = [4] -> split(2); a, add(b | a) -> affine(3) -> gelu -> affine(3) };",
    "struct M(words: [5 of 9], row: [4]) = { let x = words -> embedding(4) -> layer_norm -> affine(4); add(x | row) -> per_sample(my::Cube) -> [4]
         -> reshape([4, 1, 1]) -> deconv(2, 3) -> prelu -> hard_swish -> affine(2) };",
];

/// Who lies where.
type Owners = HashMap<Place, usize>;

/// A read of `id` at `place`; what lies with the caller or is saved shares its place with nothing.
fn read(owners: &Owners, place: Place, id: usize, what: &str) {
    if matches!(place, Place::Slot(_) | Place::Scratch(_)) {
        assert_eq!(owners.get(&place), Some(&id), "{what} {id} is no longer at {place:?}");
    }
}

/// What a stage reads from and writes to slots of the workspace. The samples run in any order, so that nothing that is
/// read may be written over anywhere in the stage.
fn check_slots(reads: &[(Place, usize)], writes: &[(Place, usize)]) {
    for (place, id) in reads.iter().chain(writes) {
        let Place::Slot(_) = place else { continue };
        let other = writes.iter().find(|(at, writer)| at == place && writer != id);
        assert_eq!(other, None, "value {id} at {place:?} is written over within its stage");
    }
}

#[test]
fn values_stay_while_they_are_needed() {
    for source in NETWORKS {
        let plan = planned(source);
        for Scheduled { program, stages, memory, .. } in [&plan.inference, &plan.training] {
            let mut owners = Owners::new();
            for stage in stages {
                let place = |value: usize| (memory.values[value], value);
                let ops = || stage.ops().iter().map(|&op| &program.ops[op]);
                let reads: Vec<_> = ops().flat_map(|op| &op.inputs).map(|&value| place(value)).collect();
                let writes: Vec<_> = ops().flat_map(|op| op.outputs.iter().copied()).map(place).collect();
                check_slots(&reads, &writes);
                owners.retain(|place, _| matches!(place, Place::Slot(_)));
                for op in ops() {
                    for &value in &op.inputs {
                        read(&owners, memory.values[value], value, "value");
                    }
                    for &value in &op.outputs {
                        owners.insert(memory.values[value], value);
                    }
                }
            }
        }
    }
}

#[test]
fn gradients_stay_while_they_are_needed() {
    for source in NETWORKS {
        let Scheduled { program, stages, memory, .. } = planned(source).training;
        let mut owners = Owners::new();
        let mut started: BTreeSet<usize> = program.outputs.iter().copied().collect();
        let place = |value: usize| (memory.gradients[value], memory.aliased[value]);
        for stage in stages.iter().rev() {
            let ops = || stage.ops().iter().rev().map(|&op| (op, &program.ops[op]));
            let touched: Vec<_> = ops()
                .flat_map(|(_, op)| op.backward.output_gradients.iter().chain(&op.backward.input_gradients))
                .map(|&value| place(value))
                .collect();
            check_slots(&touched, &touched);
            owners.retain(|place, _| matches!(place, Place::Slot(_)));
            for (index, op) in ops() {
                for &value in &op.backward.output_gradients {
                    read(&owners, place(value).0, place(value).1, "gradient");
                }
                for (position, &value) in op.backward.input_gradients.iter().enumerate() {
                    match memory.spare.get(&(index, position)) {
                        None => assert!(started.insert(value), "gradient {value} is written over"),
                        Some(spare) => {
                            read(&owners, place(value).0, place(value).1, "gradient");
                            assert!(!touched.contains(&(*spare, place(value).1)));
                        }
                    }
                    owners.insert(place(value).0, place(value).1);
                }
                for &value in &op.backward.output_gradients {
                    read(&owners, place(value).0, place(value).1, "gradient");
                }
            }
        }
    }
}

/// The sums of contributions that a gradient consists of, and what was done to it, as text.
type Contents = HashMap<usize, String>;

#[test]
fn gradients_that_share_a_place_stay_apart() {
    for source in NETWORKS {
        let Scheduled { program, stages, memory, .. } = planned(source).training;
        // Each gradient in a place of its own, and in that which the plan gives it.
        let (mut alone, mut shared) = (Contents::new(), Contents::new());
        for &index in stages.iter().rev().flat_map(|stage| stage.ops().iter().rev()) {
            let op = &program.ops[index];
            for &value in &op.backward.output_gradients {
                let found = shared.get(&memory.aliased[value]);
                assert_eq!(alone.get(&value), found, "{} for {}", program.values[value].name, op.nodes[0]);
            }
            for &output in &op.backward.output_gradients {
                for (contents, value) in [(&mut alone, output), (&mut shared, memory.aliased[output])] {
                    let content = contents.entry(value).or_default();
                    if op.backward.changes_gradient {
                        content.push_str(&format!(" * {index}"));
                    }
                }
            }
            for (position, &value) in op.backward.input_gradients.iter().enumerate() {
                let own = match op.backward.passes_gradient {
                    true => alone[&op.outputs[0]].clone(),
                    false => format!("{index}.{position}"),
                };
                match memory.spare.contains_key(&(index, position)) {
                    true => {
                        let more = format!(" + ({own})");
                        alone.entry(value).or_default().push_str(&more);
                        shared.entry(memory.aliased[value]).or_default().push_str(&more);
                    }
                    false => {
                        if !memory.is_passed(&program, index, position) {
                            shared.insert(memory.aliased[value], own.clone());
                        }
                        alone.insert(value, own);
                    }
                }
            }
        }
    }
}

#[test]
fn what_the_backward_pass_reads_is_saved_or_recomputed() {
    for source in NETWORKS {
        let Scheduled { program, stages, memory, .. } = planned(source).training;
        for (stage, backward) in stages.iter().zip(&memory.backward) {
            let is_there = |value: usize| matches!(memory.values[value], Place::Saved | Place::Caller);
            let mut owners = HashMap::new();
            for &(op, slot) in &backward.recomputed {
                let op = &program.ops[op];
                for &input in &op.inputs {
                    let again = owners.values().any(|&owner| owner == input);
                    assert!(is_there(input) || again, "{} for {:?}", program.values[input].name, op.nodes);
                }
                assert_eq!(owners.insert(slot, op.outputs[0]), None, "a slot is used while the next is computed");
            }
            for &op in stage.ops().iter().rev() {
                let op = &program.ops[op];
                for value in op.backward_reads() {
                    let again = owners.values().any(|&owner| owner == value);
                    assert!(is_there(value) || again, "{} for {:?}", program.values[value].name, op.nodes);
                }
                for value in op.backward.input_gradients.iter().chain(&op.outputs) {
                    if let Place::Scratch(slot) = memory.gradients[*value] {
                        owners.remove(&slot);
                    }
                }
            }
        }
    }
}

/// The saved values that lend a place.
fn lenders<'a>(memory: &'a Memory, slots: &'a [Slot], place: Place) -> &'a [usize] {
    let Place::Slot(slot) = place else { return &[] };
    slots[slot].lent.as_ref().map_or(&[], |lent| &memory.saved[lent.saved.clone()])
}

#[test]
fn places_are_lent_while_nothing_is_saved_there() {
    for source in NETWORKS {
        let Scheduled { program, stages, memory, .. } = planned(source).training;
        let mut written = BTreeSet::<usize>::new();
        for stage in &stages {
            let ops = || stage.ops().iter().map(|&op| &program.ops[op]);
            written.extend(ops().flat_map(|op| op.outputs.iter().copied()));
            for value in ops().flat_map(|op| op.inputs.iter().chain(&op.outputs)) {
                let lenders = lenders(&memory, &memory.slots, memory.values[*value]);
                assert!(lenders.iter().all(|lender| !written.contains(lender)), "{value} over {lenders:?} in {source}");
            }
        }
        let mut lent = BTreeSet::<usize>::new();
        for (stage, backward) in stages.iter().zip(&memory.backward).rev() {
            let ops = || stage.ops().iter().map(|&op| &program.ops[op]);
            let gradients =
                ops().flat_map(|op| op.backward.output_gradients.iter().chain(&op.backward.input_gradients));
            let spare = memory.spare.iter().filter(|((op, _), _)| stage.ops().contains(op)).map(|(_, place)| *place);
            let places = gradients.map(|&value| memory.gradients[value]).chain(spare);
            lent.extend(places.flat_map(|place| lenders(&memory, &memory.backward_slots, place)));
            let recomputed = backward.recomputed.iter().flat_map(|&(op, _)| &program.ops[op].inputs).copied();
            for read in ops().flat_map(Op::backward_reads).chain(recomputed) {
                assert!(!lent.contains(&read), "{read} is read in {source}");
            }
        }
    }
}

#[test]
fn the_same_place_is_not_lent_twice() {
    for source in NETWORKS {
        let memory = planned(source).training.memory;
        for slots in [&memory.slots, &memory.backward_slots] {
            let mut lent: Vec<usize> =
                slots.iter().filter_map(|slot| slot.lent.clone()).flat_map(|lent| lent.saved).collect();
            let count = lent.len();
            lent.sort_unstable();
            lent.dedup();
            assert_eq!(lent.len(), count, "{slots:?}");
        }
    }
}

#[test]
fn a_residual_network_saves_what_its_convolutions_give_and_every_other_sum() {
    let plan = planned(NETWORKS[2]);
    let Scheduled { program, memory, .. } = &plan.training;
    let names = memory.saved.iter().map(|&value| program.values[value].name.clone());
    let found = names.filter(|name| !name.contains("reduced"));
    let convolutions =
        ["conv1", "basic1_conv1", "basic1_conv2", "basic2_conv1", "basic2_conv2", "basic3_conv1", "basic3_conv2"];
    let (others, saved): (Vec<_>, Vec<_>) = found.partition(|name| !name.contains("conv"));
    assert_eq!(saved, convolutions);
    assert_eq!(others, ["basic2_residual1", "global_avg_pool1"]);
    // Later stages save nothing yet, earlier ones nothing more: there is room for every map but the backward pass's first.
    let own =
        |slots: &[Slot]| slots.iter().filter(|slot| slot.lent.is_none() && slot.extent == Extent::Sample(256)).count();
    assert_eq!((own(&memory.slots), own(&memory.backward_slots)), (0, 2), "{memory:?}");
}

/// The operations of `nn-core` that a program calls in their order, but for the parts of a reduction: the types of their
/// dimensions.
fn operations(scheduled: &Scheduled) -> Vec<String> {
    let whole = scheduled.program.ops.iter().filter_map(|op| op.whole());
    whole.map(|operation| operation.dimensions.clone().into_iter().next().expect("a type").to_string()).collect()
}

#[test]
fn convolution_activation_and_pooling_run_in_one_pass() {
    let plan = planned(NETWORKS[0]);
    assert_eq!(operations(&plan.inference), ["ConvPool", "Affine", "Affine", "Softmax"]);
    assert_eq!(operations(&plan.training), ["ConvPool", "Affine", "Affine"], "the loss does the softmax");
    let (inference, training) = (&plan.inference.stages, &plan.training.stages);
    assert_eq!(inference[..], [Stage::Samples(vec![0]), Stage::Batch(1), Stage::Batch(2), Stage::Samples(vec![3])]);
    assert_eq!(training[..], inference[..3]);
}

#[test]
fn predictions_normalise_and_add_in_the_convolution() {
    let cases: [(&str, &[&str]); 6] = [
        ("conv(4, 3, pad = 1) -> bn -> relu", &["ConvNorm"]),
        ("conv(4, 3, pad = 1) -> [4, 8, 8] -> bn -> [4, 8, 8] -> bn", &["ConvNorm", "BatchNorm"]),
        ("residual(conv(4, 3, pad = 1) -> bn) -> tanh -> pool(2)", &["ConvNorm", "MaxPool"]),
        ("add(conv(4, 1) -> bn | conv(4, 3, pad = 1) -> bn) -> relu", &["ConvNorm", "ConvNorm"]),
        ("residual(conv(4, 1) -> bn -> relu) -> relu", &["ConvNorm", "Add"]),
        ("add(id | gelu | conv(4, 1) -> bn)", &["InputActivation", "ConvNorm", "Add"]),
    ];
    for (chain, expected) in cases {
        let plan = planned(&format!("struct N = [4, 8, 8] -> {chain};"));
        let found: Vec<String> = operations(&plan.inference).into_iter().filter(|name| name != "Reshape").collect();
        assert_eq!(found, expected, "{chain}");
        assert!(!operations(&plan.training).iter().any(|name| name == "ConvNorm"), "{chain}");
    }
    // Parameters that do not lie side by side are not those of one operation.
    let apart =
        planned("struct N(x: [4, 8, 8]) = { let a = x -> conv(4, 1); let b = x -> conv(4, 1); a -> bn, b -> bn };");
    assert!(!operations(&apart.inference).iter().any(|name| name == "ConvNorm"));
}

#[test]
fn branches_run_together_sample_by_sample() {
    let plan = planned(NETWORKS[3]);
    let Stage::Samples(ops) = &plan.inference.stages[0] else { panic!("{:?}", plan.inference.stages) };
    // One reordering, four convolutions and poolings, gelu, and the concatenation.
    assert_eq!(ops.len(), 7);
    assert_eq!(plan.inference.stages.len(), 4);
}

#[test]
fn a_chain_takes_turns_in_two_slots() {
    let plan = planned("struct A = [8] -> affine(8) -> affine(8) -> affine(8) -> affine(8) -> affine(8);");
    let slots: Vec<Extent> = plan.inference.memory.slots.iter().map(|slot| slot.extent).collect();
    assert_eq!(slots, [Extent::Sample(8), Extent::Sample(8)]);
}

#[test]
fn partial_sums_are_bounded() {
    let plan = planned("struct A = [64, 8, 8] -> conv(512, 3) -> conv(512, 3);");
    let backward = &plan.training.memory.backward[0];
    assert_eq!(backward.partials.len(), 2);
    assert_eq!(backward.groups, 2, "{} numbers each", backward.partial_len);
}

#[test]
fn scratch_is_bounded() {
    let plan = planned(
        "struct A = [3, 224, 224] -> conv(64, 3, pad = 1) -> gelu -> conv(64, 3, pad = 1) -> relu -> pool(2) -> affine(2);",
    );
    for need in [plan.inference.memory.forward_memory(), plan.training.memory.backward_memory()] {
        assert!((2..16).contains(&need.groups), "{need:?}");
        assert!(need.per_group * need.groups <= 1 << 25, "{need:?}");
    }
    assert_eq!(planned(NETWORKS[0]).inference.memory.forward_memory().groups, 16);
}
