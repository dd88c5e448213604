//! A quadtree over the plane: many far points stand in for each other (Barnes & Hut 1986).

/// Deeper cells would be smaller than the rounding of the coordinates.
const DEEPEST: u32 = 48;

/// A square cell: its points' number and mean place.
#[derive(Clone, Copy)]
struct Cell {
    centre: [f64; 2],
    half: f64,
    count: f64,
    sum: [f64; 2],
    /// Index of the first of four children, 0 for none.
    children: u32,
}

/// A tree over points of the plane.
pub(crate) struct Tree {
    cells: Vec<Cell>,
}

/// What all other points push one point with.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Push {
    /// Σ q² (y − y'), q = 1 ÷ (1 + |y − y'|²).
    pub force: [f64; 2],
    /// Σ q.
    pub sum: f64,
}

impl Tree {
    pub fn new(points: &[[f64; 2]]) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let centre = [f64::midpoint(low[0], high[0]), f64::midpoint(low[1], high[1])];
        let half = ((high[0] - low[0]).max(high[1] - low[1]) / 2.0).max(1e-300) * (1.0 + 1e-9);
        let mut tree = Self { cells: Vec::with_capacity(2 * points.len() + 8) };
        tree.cells.push(Cell { centre, half, count: 0.0, sum: [0.0; 2], children: 0 });
        points.iter().for_each(|point| tree.insert(*point));
        tree
    }

    fn insert(&mut self, point: [f64; 2]) {
        let (mut at, mut depth) = (0, 0);
        loop {
            let cell = self.cells[at];
            if cell.children == 0 && cell.count > 0.0 && depth < DEEPEST {
                let here = cell.place();
                if here != point {
                    // The cell held one place only; give it a child of its own.
                    let first = self.split(at);
                    let child = first + self.cells[at].quarter(here);
                    self.cells[child].count = cell.count;
                    self.cells[child].sum = cell.sum;
                }
            }
            let cell = &mut self.cells[at];
            cell.count += 1.0;
            cell.sum[0] += point[0];
            cell.sum[1] += point[1];
            if cell.children == 0 {
                return;
            }
            at = cell.children as usize + cell.quarter(point);
            depth += 1;
        }
    }

    fn split(&mut self, at: usize) -> usize {
        let first = self.cells.len();
        let parent = &mut self.cells[at];
        parent.children = first as u32;
        let (centre, half) = (parent.centre, parent.half / 2.0);
        for quarter in 0..4 {
            let side = |bit: usize| if quarter >> bit & 1 == 1 { half } else { -half };
            let centre = [centre[0] + side(0), centre[1] + side(1)];
            self.cells.push(Cell { centre, half, count: 0.0, sum: [0.0; 2], children: 0 });
        }
        first
    }

    /// Sums over all other points; a cell whose side is less than `theta` times its distance stands for its points.
    pub fn push(&self, point: [f64; 2], theta: f64, stack: &mut Vec<u32>) -> Push {
        let mut push = Push::default();
        stack.clear();
        stack.push(0);
        while let Some(at) = stack.pop() {
            let cell = &self.cells[at as usize];
            if cell.count == 0.0 {
                continue;
            }
            let place = cell.place();
            let away = [point[0] - place[0], point[1] - place[1]];
            let square = away[0] * away[0] + away[1] * away[1];
            let side = 2.0 * cell.half;
            if cell.children == 0 || side * side < theta * theta * square {
                let q = 1.0 / (1.0 + square);
                push.sum += cell.count * q;
                let weight = cell.count * q * q;
                push.force[0] += weight * away[0];
                push.force[1] += weight * away[1];
            } else {
                stack.extend(cell.children..cell.children + 4);
            }
        }
        // The point itself was counted with q = 1.
        push.sum -= 1.0;
        push
    }
}

impl Cell {
    fn place(&self) -> [f64; 2] {
        [self.sum[0] / self.count, self.sum[1] / self.count]
    }

    fn quarter(&self, point: [f64; 2]) -> usize {
        usize::from(point[0] >= self.centre[0]) | usize::from(point[1] >= self.centre[1]) << 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn with_theta_0_it_is_the_full_sum(raw in prop::collection::vec((-9_i32..9, -9_i32..9), 2..60)) {
            // Whole numbers, so that some points lie on each other.
            let points: Vec<[f64; 2]> = raw.iter().map(|p| [f64::from(p.0) * 0.37, f64::from(p.1) * 1.1]).collect();
            let tree = Tree::new(&points);
            for (i, a) in points.iter().enumerate() {
                let mut expected = Push::default();
                for (_, b) in points.iter().enumerate().filter(|(j, _)| *j != i) {
                    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
                    let q = 1.0 / (1.0 + dx * dx + dy * dy);
                    expected.sum += q;
                    expected.force[0] += q * q * dx;
                    expected.force[1] += q * q * dy;
                }
                let got = tree.push(*a, 0.0, &mut Vec::new());
                prop_assert!((got.sum - expected.sum).abs() < 1e-9, "{got:?} {expected:?}");
                prop_assert!((got.force[0] - expected.force[0]).abs() < 1e-9);
                prop_assert!((got.force[1] - expected.force[1]).abs() < 1e-9);
            }
        }
    }
}
