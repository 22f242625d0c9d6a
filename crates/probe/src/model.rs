//! Logistic regression on sparse vectors: small, deterministic, good enough to find a shortcut.

use crate::features::{COLUMNS, Sparse};

/// Passes over the rows.
const PASSES: usize = 6;
/// Step of the adaptive gradient (Duchi et al. 2011).
const STEP: f32 = 0.5;
/// Pull of each weight towards zero, per update.
const PULL: f32 = 1e-6;

/// Weights of one or several outputs over the columns of a sparse vector; one more column is always on.
pub(crate) struct Model {
    outputs: usize,
    weights: Vec<f32>,
    squares: Vec<f32>,
}

impl Model {
    /// Learns from rows in the order given. With one output the target is 0 or 1, with several it is the class.
    pub(crate) fn fit<'a>(outputs: usize, rows: &(impl Fn() -> Box<dyn Iterator<Item = (&'a Sparse, usize)> + 'a> + ?Sized)) -> Self {
        let size = (COLUMNS + 1) * outputs;
        let mut model = Self { outputs, weights: vec![0.0; size], squares: vec![1e-4; size] };
        let mut errors = vec![0.0; outputs];
        for _ in 0..PASSES {
            for (row, target) in rows() {
                model.activate(row, &mut errors);
                if outputs == 1 {
                    errors[0] = 1.0 / (1.0 + (-errors[0]).exp()) - target as f32;
                } else {
                    softmax(&mut errors);
                    errors[target] -= 1.0;
                }
                for (column, value) in row.iter().copied().chain([(COLUMNS as u32, 1.0)]) {
                    let from = column as usize * outputs;
                    let weights = &mut model.weights[from..from + outputs];
                    let squares = &mut model.squares[from..from + outputs];
                    for ((weight, square), error) in weights.iter_mut().zip(squares).zip(&errors) {
                        let slope = error * value + PULL * *weight;
                        *square += slope * slope;
                        *weight -= STEP * slope / square.sqrt();
                    }
                }
            }
        }
        model
    }

    fn activate(&self, row: &Sparse, out: &mut [f32]) {
        out.copy_from_slice(&self.weights[COLUMNS * self.outputs..]);
        for (column, value) in row {
            let from = *column as usize * self.outputs;
            for (out, weight) in out.iter_mut().zip(&self.weights[from..from + self.outputs]) {
                *out += value * weight;
            }
        }
    }

    /// The score of the only output: the higher, the more likely a 1.
    pub(crate) fn score(&self, row: &Sparse) -> f64 {
        let mut out = [0.0];
        self.activate(row, &mut out);
        f64::from(out[0])
    }

    /// The most likely class.
    pub(crate) fn guess(&self, row: &Sparse) -> usize {
        let mut out = vec![0.0; self.outputs];
        self.activate(row, &mut out);
        (0..self.outputs).max_by(|a, b| out[*a].total_cmp(&out[*b])).unwrap_or_default()
    }
}

fn softmax(values: &mut [f32]) {
    let most = values.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = (*value - most).exp();
        sum += *value;
    }
    values.iter_mut().for_each(|value| *value /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::hashed;

    fn texts() -> Vec<(Sparse, usize)> {
        let words = ["red", "green", "blue"];
        (0..300).map(|n| (hashed(&format!("{} thing number {}", words[n % 3], ["one", "two", "six", "ten"][n % 4])), n % 3)).collect()
    }

    #[test]
    fn learns_what_decides_and_nothing_else() {
        let rows = texts();
        let one = Model::fit(1, &|| Box::new(rows.iter().map(|(row, class)| (row, usize::from(*class == 2)))));
        assert!(one.score(&hashed("blue thing number two")) > 0.0 && one.score(&hashed("red thing number two")) < 0.0);
        let many = Model::fit(3, &|| Box::new(rows.iter().map(|(row, class)| (row, *class))));
        assert_eq!(["red", "green", "blue"].map(|word| many.guess(&hashed(&format!("{word} thing number ten")))), [0, 1, 2]);
    }
}
