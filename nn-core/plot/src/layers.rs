//! Where the boxes of a graph lie: in layers from top to bottom, as Sugiyama, Tagawa and Toda have it (1981).

/// Times that the boxes of all layers are put in order, and in place, by their neighbours.
const SWEEPS: usize = 12;

/// Where a box lies: the middle of its upper edge, and its size.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// The boxes of a graph in layers. An arrow that passes a layer has a point in it, which keeps its distance like a box.
#[derive(Debug)]
pub(crate) struct Layers {
    /// Of boxes, and after them of points.
    places: Vec<Place>,
    /// How many of them are boxes.
    boxes: usize,
    /// The boxes and points that each has an arrow from.
    inputs: Vec<Vec<usize>>,
    beside: i32,
    size: (i32, i32),
}

impl Layers {
    /// Boxes of these sizes with arrows from some before them, so many pixels beside each other and below.
    pub fn new(sizes: Vec<(i32, i32)>, inputs: Vec<Vec<usize>>, beside: i32, below: i32) -> Self {
        let places = sizes.into_iter().map(|(width, height)| Place { width, height, ..Place::default() }).collect();
        let mut layers = Self { boxes: inputs.len(), places, inputs, beside, size: (0, 0) };
        let mut rows = layers.rows();
        let (inputs, outputs) = (layers.inputs.clone(), layers.outputs());
        for _ in 0..SWEEPS {
            (1..rows.len()).for_each(|row| layers.order(&mut rows, row, true, &outputs));
            (0..rows.len() - 1).rev().for_each(|row| layers.order(&mut rows, row, false, &outputs));
        }
        let no_neighbours = vec![Vec::new(); inputs.len()];
        rows.iter().for_each(|row| layers.align(row, &no_neighbours));
        for _ in 0..SWEEPS {
            rows.iter().for_each(|row| layers.align(row, &inputs));
            rows.iter().rev().for_each(|row| layers.align(row, &outputs));
        }
        layers.settle(&rows, below);
        layers
    }

    /// The boxes of each layer: each lies below all that it has arrows from. Arrows over several layers get points.
    fn rows(&mut self) -> Vec<Vec<usize>> {
        let mut depths: Vec<usize> = Vec::new();
        for inputs in &self.inputs {
            depths.push(inputs.iter().map(|&from| depths[from] + 1).max().unwrap_or(0));
        }
        let mut rows = vec![Vec::new(); depths.iter().max().map_or(1, |depth| depth + 1)];
        depths.iter().enumerate().for_each(|(one, &depth)| rows[depth].push(one));
        for one in 0..depths.len() {
            for i in 0..self.inputs[one].len() {
                let mut from = self.inputs[one][i];
                for row in &mut rows[depths[from] + 1..depths[one]] {
                    let point = self.places.len();
                    self.places.push(Place { width: 4, ..Place::default() });
                    self.inputs.push(vec![from]);
                    row.push(point);
                    from = point;
                }
                self.inputs[one][i] = from;
            }
        }
        rows
    }

    /// What each has arrows to.
    fn outputs(&self) -> Vec<Vec<usize>> {
        let mut outputs = vec![Vec::new(); self.places.len()];
        for (to, inputs) in self.inputs.iter().enumerate() {
            inputs.iter().for_each(|&from| outputs[from].push(to));
        }
        outputs
    }

    /// Orders a layer by the mean place of each one's neighbours in the layer above, or below.
    fn order(&self, rows: &mut [Vec<usize>], row: usize, by_above: bool, outputs: &[Vec<usize>]) {
        let neighbours = if by_above { &rows[row - 1] } else { &rows[row + 1] };
        let of = |one: usize| if by_above { &self.inputs[one] } else { &outputs[one] };
        let place = |one: &usize| neighbours.iter().position(|other| other == one).map(|place| place as f64);
        let mean = |(i, one): (usize, &usize)| {
            let places: Vec<f64> = of(*one).iter().filter_map(place).collect();
            let share = i as f64 * neighbours.len() as f64 / rows[row].len() as f64;
            (if places.is_empty() { share } else { places.iter().sum::<f64>() / places.len() as f64 }, *one)
        };
        let mut ordered: Vec<(f64, usize)> = rows[row].iter().enumerate().map(mean).collect();
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows[row] = ordered.into_iter().map(|(_, one)| one).collect();
    }

    /// Moves each of a layer as near to the middle of its neighbours as the others let it.
    fn align(&mut self, row: &[usize], neighbours: &[Vec<usize>]) {
        let x = |one: usize| f64::from(self.places[one].x);
        let wanted = row.iter().map(|&one| match &neighbours[one][..] {
            [] => x(one),
            others => others.iter().map(|&other| x(other)).sum::<f64>() / others.len() as f64,
        });
        let wanted: Vec<f64> = wanted.collect();
        let mut end = i32::MIN / 2;
        for (&one, &wanted) in row.iter().zip(&wanted) {
            let half = self.places[one].width / 2;
            self.places[one].x = (wanted as i32).max(end + self.beside + half);
            end = self.places[one].x + half;
        }
        let moved = row.iter().zip(&wanted).map(|(&one, wanted)| f64::from(self.places[one].x) - wanted);
        let back = (moved.sum::<f64>() / row.len().max(1) as f64) as i32;
        row.iter().for_each(|&one| self.places[one].x -= back);
    }

    /// Layers below each other, all of them at the left edge.
    fn settle(&mut self, rows: &[Vec<usize>], below: i32) {
        let left = self.places.iter().map(|place| place.x - place.width / 2).min().unwrap_or(0);
        self.places.iter_mut().for_each(|place| place.x -= left);
        let mut y = 0;
        for row in rows {
            let height = row.iter().map(|&one| self.places[one].height).max().unwrap_or(0);
            for &one in row {
                // A point goes from the upper edge of its layer to the lower one, so that no arrow crosses a box.
                let place = &mut self.places[one];
                place.height = if one < self.boxes { place.height } else { height };
                place.y = y + (height - place.height) / 2;
            }
            y += height + below;
        }
        let right = self.places.iter().map(|place| place.x + place.width / 2).max().unwrap_or(0);
        self.size = (right, y - below);
    }

    /// Pixels across and down.
    pub fn size(&self) -> (i32, i32) {
        self.size
    }

    /// Where a box lies.
    pub fn place(&self, node: usize) -> Place {
        self.places[node]
    }

    /// The way of arrow `i` into a box, from the lower edge of where it comes from to the upper edge.
    pub fn way(&self, to: usize, i: usize) -> Vec<(i32, i32)> {
        let mut way = vec![(self.places[to].x, self.places[to].y)];
        let mut from = self.inputs[to][i];
        while from >= self.boxes {
            let Place { x, y, height, .. } = self.places[from];
            way.extend([(x, y + height), (x, y)]);
            // One arrow leads to a point.
            from = self.inputs[from][0];
        }
        way.push((self.places[from].x, self.places[from].y + self.places[from].height));
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_keep_their_distance_and_arrows_lead_down() {
        // A chain with a way around two of its boxes, and four branches that join.
        let inputs: Vec<Vec<usize>> =
            vec![vec![], vec![0], vec![1], vec![2, 0], vec![3], vec![3], vec![3], vec![3], vec![4, 5, 6, 7]];
        let sizes = vec![(60, 20), (90, 20), (40, 40), (50, 20), (80, 20), (30, 60), (70, 20), (20, 20), (60, 20)];
        let layers = Layers::new(sizes, inputs.clone(), 10, 30);
        for (a, b) in (0..9).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let (one, other) = (layers.place(a), layers.place(b));
            let beside = (one.x - other.x).abs() >= (one.width + other.width) / 2 + 10;
            let below = one.y >= other.y + other.height || other.y >= one.y + one.height;
            assert!(beside || below, "{a} at {one:?} and {b} at {other:?}");
        }
        for (to, inputs) in inputs.iter().enumerate() {
            for i in 0..inputs.len() {
                let way = layers.way(to, i);
                assert!(way.windows(2).all(|step| step[0].1 < step[1].1), "{way:?}");
            }
        }
        assert_eq!(layers.way(3, 1).len(), 6, "past two layers");
        let (width, height) = layers.size();
        assert!((0..9).all(|node| layers.place(node).x <= width && layers.place(node).y < height));
    }
}
