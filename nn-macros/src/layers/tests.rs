use super::*;
use crate::expressions::{Numbers, Value};
use crate::report::{Report, Site};
use proc_macro2::Span;

/// A layer from arguments by place.
fn layer(name: &str, values: &[Value]) -> Rc<dyn Layer> {
    layer_with(name, values, &[])
}

/// A layer from arguments by place and by name.
fn layer_with(name: &str, values: &[Value], named: &[(&str, Value)]) -> Rc<dyn Layer> {
    let site = Site::from(Span::call_site());
    let placed = values.iter().map(|value| Given { name: None, value: value.clone(), site });
    let named = named.iter().map(|(name, value)| {
        let name = Some(syn::Ident::new(name, Span::call_site()));
        Given { name, value: value.clone(), site }
    });
    let given = placed.chain(named).collect();
    let mut report = Report::default();
    let numbers = Numbers::default();
    let mut arguments = Arguments::new(name, site, given, &numbers, vec!["boxes".into()], &mut report);
    let layer = (find(name).unwrap().build)(&mut arguments);
    assert!(arguments.finish(), "{name}");
    assert!(report.into_mistakes().is_empty());
    layer
}

fn integers<const N: usize>(values: [i64; N]) -> [Value; N] {
    values.map(Value::Integer)
}

/// Layers with arguments that suit a map of six channels, or a sequence, if they take real numbers.
fn samples() -> Vec<Rc<dyn Layer>> {
    vec![
        layer("rnn", &integers([7])),
        layer("lstm", &integers([7])),
        layer("gru", &integers([7])),
        layer("attention", &integers([3])),
        layer("last", &[]),
        layer("mean", &[]),
        layer("conv", &integers([8, 3])),
        layer_with("conv", &integers([4, 2]), &[("pad", Value::Integer(1)), ("groups", Value::Integer(2))]),
        layer("deconv", &integers([8, 3])),
        layer("pool", &integers([2])),
        layer("avg_pool", &integers([2])),
        layer("global_avg_pool", &[]),
        layer("global_pool", &[]),
        layer("adaptive_pool", &integers([2])),
        layer("adaptive_avg_pool", &integers([3])),
        layer_with("pool", &integers([2]), &[("dilation", Value::Integer(2))]),
        layer_with("avg_pool", &integers([3]), &[("pad", Value::Word("same".into()))]),
        layer("group_norm", &integers([3])),
        layer("instance_norm", &[]),
        layer("rms_norm", &[]),
        layer("local_response_norm", &integers([5])),
        layer("transpose", &[Value::List(integers([1, 0]).into())]),
        layer("channel_shuffle", &integers([3])),
        layer("affine", &integers([5])),
        layer("relu", &[]),
        layer("relu6", &[]),
        layer("leaky_relu", &[]),
        layer("leaky_relu", &[Value::Integer(0)]),
        layer("elu", &[]),
        layer("selu", &[]),
        layer("softplus", &[]),
        layer("sigmoid", &[]),
        layer("hard_sigmoid", &[]),
        layer("tanh", &[]),
        layer("hard_tanh", &[]),
        layer("gelu", &[]),
        layer_with("gelu", &[], &[("approximate", Value::Word("tanh".into()))]),
        layer("mish", &[]),
        layer("silu", &[]),
        layer("hard_swish", &[]),
        layer("prelu", &[]),
        layer("softmax", &[]),
        layer("log_softmax", &[]),
        layer("batch_norm", &[]),
        layer("layer_norm", &[]),
        layer("dropout", &[]),
        layer("flatten", &[]),
        layer("transpose", &[]),
        layer("split", &integers([2])),
        layer("upsample", &integers([2])),
        layer_with("upsample", &integers([3]), &[("mode", Value::Word("bilinear".into()))]),
        layer("resize", &[Value::List(integers([3, 8]).into()), Value::Word("bilinear".into())]),
        layer("crop", &integers([2])),
        layer_with("roi_align", &integers([7]), &[("boxes", Value::Word("boxes".into()))]),
        layer_with("roi_pool", &integers([7]), &[("boxes", Value::Word("boxes".into()))]),
        layer("embedding", &integers([7])),
        layer("reshape", &[Value::List(integers([3, 8, 5]).into())]),
    ]
}

const MAP: [usize; 3] = [6, 4, 5];

/// Inputs that suit a layer.
fn inputs(layer: &dyn Layer) -> Vec<Shape> {
    let first = input(layer);
    if layer.name().starts_with("roi_") { vec![first, vec![3, 4].into()] } else { vec![first] }
}

/// A first input that suits a layer.
fn input(layer: &dyn Layer) -> Shape {
    match layer.on_rows() {
        _ if layer.takes_whole_numbers() => Shape::of_whole_numbers(vec![12], 40),
        OnRows::Along => vec![9, 6].into(),
        _ if layer.name() == "transpose" => vec![9, 6].into(),
        _ => MAP.to_vec().into(),
    }
}

#[test]
fn every_layer_is_among_the_samples() {
    let sampled: Vec<&str> = samples().iter().map(|layer| layer.name()).collect();
    for description in all() {
        assert!(sampled.contains(&description.names[0]), "{}", description.names[0]);
    }
}

#[test]
fn names_are_unique() {
    let names: Vec<&str> = names().collect();
    for (i, name) in names.iter().enumerate() {
        assert!(!names[..i].contains(name), "{name}");
    }
}

#[test]
fn dimensions_are_expressions() {
    for layer in samples() {
        let inputs = inputs(layer.as_ref());
        layer.outputs(&inputs).unwrap();
        let Operation { dimensions, runs, .. } = layer.operation(&inputs, &Fused::default());
        let is_expression = syn::parse2::<syn::Expr>(dimensions.clone()).is_ok();
        assert!(is_expression || runs == Runs::Alias, "{layer:?}: {dimensions}");
    }
    let operation = layer("conv", &integers([8, 3]))
        .operation(&[MAP.to_vec().into()], &Fused { activation: Activation::LeakyRelu(0.01), ..Fused::default() });
    let dimensions = operation.dimensions.to_string().replace(' ', "");
    assert_eq!(
        dimensions,
        "Conv{input:[4,5,6],output:[2,3,8],kernel:[3,3],stride:[1,1],pad:[0,0],dilation:[1,1],groups:1,bias:true,\
         activation:Activation::LeakyRelu(0.01)}"
    );
}

/// The positions in the block, in the order of the file.
fn positions(axes: &[Axis]) -> Vec<usize> {
    axes.iter().fold(vec![0], |positions, axis| {
        positions.iter().flat_map(|at| (0..axis.len).map(move |i| at + i * axis.stride)).collect()
    })
}

#[test]
fn axes_reach_every_number_once() {
    for layer in samples() {
        for parameter in layer.parameters(&[input(layer.as_ref())]) {
            let mut positions = positions(&parameter.axes);
            positions.sort_unstable();
            let len: usize = parameter.file_shape.iter().product();
            assert_eq!(positions, (0..len).collect::<Vec<_>>(), "{layer:?} {}", parameter.name);
        }
    }
}

#[test]
fn affine_reads_maps_channels_last() {
    let weight = &layer("affine", &integers([2])).parameters(&[vec![3, 1, 2].into()])[0];
    assert_eq!(weight.file_shape, [2, 6]);
    // In the file c0p0 c0p1 c1p0 …; in the block p0c0 p0c1 p0c2 p1c0 …, two outputs each.
    assert_eq!(positions(&weight.axes), [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
}

#[test]
fn conv_stores_outputs_innermost() {
    let conv = layer_with("conv", &integers([4, 2]), &[("groups", Value::Integer(2))]);
    let parameters = conv.parameters(&[MAP.to_vec().into()]);
    let weight = &parameters[0];
    assert_eq!(weight.file_shape, [4, 3, 2, 2]);
    assert_eq!(weight.axes.iter().map(|axis| axis.stride).collect::<Vec<_>>(), [1, 4, 24, 12]);
    assert_eq!(weight.role, Role::Weight { fan_in: 12, fan_out: 8, init: Init::Xavier });
    assert_eq!(parameters[1].file_shape, [4]);
}

#[test]
fn counts_multiply_adds() {
    assert_eq!(layer("conv", &integers([30, 5])).multiply_adds(&[vec![1, 28, 28].into()]), 24 * 24 * 30 * 25);
    assert_eq!(layer("affine", &integers([10])).multiply_adds(&[vec![3, 2, 2].into()]), 120);
}

#[test]
fn fuses_activation_then_pool() {
    let inputs: [Shape; 1] = [MAP.to_vec().into()];
    let (conv, affine) = (layer("conv", &integers([8, 3])), layer("affine", &integers([5])));
    let relu = layer("relu", &[]).fusible(&inputs).unwrap();
    let pool = layer("pool", &integers([2])).fusible(&inputs).unwrap();
    let Fusible::MaxPool(dimensions) = pool else { panic!("a max pool") };
    let after_relu = Fused { activation: Activation::Relu, ..Fused::default() };
    let after_pool = Fused { pool: Some(dimensions), ..after_relu };
    assert!(conv.absorbs(&Fused::default(), &relu) && conv.absorbs(&Fused::default(), &pool));
    assert!(conv.absorbs(&after_relu, &pool) && !conv.absorbs(&after_relu, &relu));
    assert!(!conv.absorbs(&after_pool, &pool) && !conv.absorbs(&after_pool, &relu));
    assert!(affine.absorbs(&Fused::default(), &relu) && !affine.absorbs(&Fused::default(), &pool));
    for name in ["gelu", "silu", "softmax", "avg_pool"] {
        let arguments: &[Value] = if name == "avg_pool" { &integers([2]) } else { &[] };
        assert!(layer(name, arguments).fusible(&inputs).is_none(), "{name}");
    }
    let operation = conv.operation(&[vec![6, 10, 10].into()], &after_pool);
    assert_eq!(operation.indices, dimensions.output.iter().product::<usize>());
    assert!(operation.dimensions.to_string().starts_with("ConvPool"));
}

#[test]
fn fuses_norm_then_sum_then_activation() {
    let inputs: [Shape; 2] = [MAP.to_vec().into(), MAP.to_vec().into()];
    let conv = layer("conv", &integers([8, 3]));
    let norm = layer("batch_norm", &[]).fusible(&inputs[..1]).unwrap();
    let relu = layer("relu", &[]).fusible(&inputs[..1]).unwrap();
    let pool = layer("pool", &integers([2])).fusible(&inputs[..1]).unwrap();
    let add = merge("add").fusible(&inputs).unwrap();
    assert!(merge("add").fusible(&inputs[..1]).is_none());
    let after_norm = Fused { norm: Some(1e-5), ..Fused::default() };
    let after_sum = Fused { skip: true, ..after_norm };
    let after_relu = Fused { activation: Activation::Relu, ..after_sum };
    assert!(conv.absorbs(&Fused::default(), &norm) && !conv.absorbs(&Fused::default(), &add));
    assert!(conv.absorbs(&after_norm, &add) && conv.absorbs(&after_norm, &relu) && !conv.absorbs(&after_norm, &norm));
    assert!(conv.absorbs(&after_sum, &relu) && !conv.absorbs(&after_sum, &add));
    for next in [norm, add, relu, pool] {
        assert!(!conv.absorbs(&after_relu, &next), "{next:?}");
    }
    let operation = conv.operation(&[vec![6, 10, 10].into()], &after_relu);
    assert!(operation.dimensions.to_string().starts_with("ConvNorm"));
}

#[test]
fn moves_numbers_only_where_it_must() {
    let flatten = layer("flatten", &[]);
    for (input, runs) in [(vec![6, 4, 5], Runs::Sample), (vec![6, 1, 1], Runs::Alias), (vec![1, 4, 5], Runs::Alias)] {
        assert_eq!(flatten.operation(&[input.clone().into()], &Fused::default()).runs, runs, "{input:?}");
    }
}

#[test]
fn rectifiers_ask_for_larger_weights() {
    for layer in samples() {
        let expected = match layer.name() {
            "relu" | "relu6" | "leaky_relu" | "elu" | "selu" | "softplus" => Some(Init::He),
            "gelu" | "silu" | "hard_swish" | "mish" | "prelu" => Some(Init::He),
            "sigmoid" | "hard_sigmoid" | "tanh" | "hard_tanh" | "softmax" | "log_softmax" => Some(Init::Xavier),
            _ => None,
        };
        assert_eq!(layer.init_hint(), expected, "{layer:?}");
        let has_weights =
            layer.parameters(&[input(layer.as_ref())]).iter().any(|p| matches!(p.role, Role::Weight { .. }));
        assert!(!(has_weights && layer.looks_through()), "{layer:?} has weights of its own");
        assert!(layer.looks_through() || has_weights || expected.is_some(), "{layer:?} hides what comes after it");
    }
}
