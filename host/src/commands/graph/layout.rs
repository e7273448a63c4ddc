//! Where things stand in a drawing, from top to bottom: each node in the row of the longest way that leads to it, in
//! each row an order with few crossings, and under that order every cell as near as can be to what it is joined with.
//!
//! Between two rows of nodes is a row of labels. An edge passes each row between its ends by a cell of its own, so
//! nothing is ever drawn over anything else.

use std::cmp::Ordering;

/// Least space between two cells of a row.
const APART: f64 = 22.0;
/// Height of the space between two rows, in which edges bend.
const BEND: f64 = 34.0;
/// Space to both sides of an edge that passes a row.
const LANE: f64 = 8.0;
/// Space between an edge and its label.
pub(super) const LABEL_OFF: f64 = 7.0;
/// Sweeps over all rows that bring crossings down, and that bring joined cells together. More change nothing any more
/// in graphs that people can still read.
const SWEEPS: usize = 32;

/// The size of something that is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A point of a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// An edge that is to be laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Size,
}

/// Where everything stands. The upper left corner of all of it is (0, 0).
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) size: Size,
    /// The upper left corner of each node.
    pub(super) nodes: Vec<Point>,
    pub(super) edges: Vec<Path>,
}

/// The way of an edge.
#[derive(Debug)]
pub(super) struct Path {
    /// Straight down from each point of an odd place to the next, and bent from that to the one after it.
    pub(super) points: Vec<Point>,
    /// The upper left corner of its label.
    pub(super) label: Point,
}

/// Lays out nodes and the edges between them, which form no circle.
pub(super) fn layout(nodes: &[Size], ways: &[Way]) -> Layout {
    let mut grid = Grid::new(nodes, ways);
    grid.order();
    grid.spread_ports();
    grid.place();
    grid.straighten();
    grid.drawn(nodes, ways)
}

/// What stands in a row.
#[derive(Debug)]
struct Cell {
    row: usize,
    /// How far it reaches to both sides of its middle.
    left: f64,
    right: f64,
    height: f64,
    is_node: bool,
    x: f64,
}

/// Two cells of neighbouring rows that are joined. What is of a node is counted from its middle.
#[derive(Debug)]
struct Link {
    above: usize,
    below: usize,
    off_above: f64,
    off_below: f64,
}

struct Grid {
    /// The nodes first.
    cells: Vec<Cell>,
    links: Vec<Link>,
    rows: Vec<Vec<usize>>,
    /// The cells that each edge passes.
    chains: Vec<Vec<usize>>,
}

impl Grid {
    fn new(nodes: &[Size], ways: &[Way]) -> Self {
        let ranks = ranks(nodes.len(), ways);
        let node = |(index, size): (usize, &Size)| Cell {
            row: 2 * ranks[index],
            left: size.width / 2.0,
            right: size.width / 2.0,
            height: size.height,
            is_node: true,
            x: 0.0,
        };
        let mut grid = Self {
            cells: nodes.iter().enumerate().map(node).collect(),
            links: Vec::new(),
            rows: vec![Vec::new(); 2 * ranks.iter().max().map_or(0, |last| last + 1)],
            chains: Vec::new(),
        };
        for (index, rank) in ranks.iter().enumerate() {
            grid.rows[2 * rank].push(index);
        }
        for way in ways {
            let (first, last) = (2 * ranks[way.from], 2 * ranks[way.to]);
            let passed: Vec<usize> = (first + 1..last)
                .map(|row| grid.pass(row, (row + 1 == last).then_some(way.label)))
                .collect();
            let mut above = way.from;
            for below in passed.iter().copied().chain([way.to]) {
                grid.links.push(Link { above, below, off_above: 0.0, off_below: 0.0 });
                above = below;
            }
            grid.chains.push(passed);
        }
        grid
    }

    /// A cell by which an edge passes a row, with its label where that stands here.
    fn pass(&mut self, row: usize, label: Option<Size>) -> usize {
        let label = label.unwrap_or(Size { width: 0.0, height: 0.0 });
        let right = if label.width > 0.0 { LABEL_OFF + label.width } else { LANE };
        let (left, height) = (LANE, label.height);
        self.cells.push(Cell { row, left, right, height, is_node: false, x: 0.0 });
        self.rows[row].push(self.cells.len() - 1);
        self.cells.len() - 1
    }

    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.cells.len()];
        for row in &self.rows {
            for (place, cell) in row.iter().enumerate() {
                places[*cell] = place;
            }
        }
        places
    }

    /// Orders each row by the middle of what its cells are joined with, again and again, and keeps the best order.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.rows.clone());
        for sweep in 0..SWEEPS {
            let is_down = sweep % 2 == 0;
            let mut rows: Vec<usize> = (0..self.rows.len()).collect();
            if !is_down {
                rows.reverse();
            }
            for row in rows {
                self.order_row(row, is_down);
            }
            self.swap_neighbours();
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
            }
        }
        self.rows = best.1;
    }

    fn order_row(&mut self, row: usize, is_down: bool) {
        let places = self.places();
        let mut keyed: Vec<(f64, usize)> = self.rows[row]
            .iter()
            .map(|cell| {
                let joined = self.links.iter().filter_map(|link| match is_down {
                    true => (link.below == *cell).then_some(link.above),
                    false => (link.above == *cell).then_some(link.below),
                });
                // Counted from the middle: rows differ in how many cells they have.
                let at = |cell: usize| {
                    let row = self.rows[self.cells[cell].row].len();
                    (places[cell] as f64 + 0.5) / row as f64
                };
                (mean(joined.map(at)).unwrap_or_else(|| at(*cell)), *cell)
            })
            .collect();
        keyed.sort_by(|one, other| one.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal));
        self.rows[row] = keyed.into_iter().map(|(_, cell)| cell).collect();
    }

    /// Swaps neighbours as long as that takes a crossing away.
    fn swap_neighbours(&mut self) {
        for _ in 0..SWEEPS {
            let mut is_better = false;
            for row in 0..self.rows.len() {
                for place in 1..self.rows[row].len() {
                    let before = self.crossings();
                    self.rows[row].swap(place - 1, place);
                    match self.crossings() < before {
                        true => is_better = true,
                        false => self.rows[row].swap(place - 1, place),
                    }
                }
            }
            if !is_better {
                return;
            }
        }
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut crossings = 0;
        for (index, one) in self.links.iter().enumerate() {
            for other in &self.links[index + 1..] {
                if self.cells[one.above].row != self.cells[other.above].row {
                    continue;
                }
                let above = places[one.above].cmp(&places[other.above]);
                let below = places[one.below].cmp(&places[other.below]);
                crossings += usize::from(above == below.reverse() && above != Ordering::Equal);
            }
        }
        crossings
    }

    /// Gives each edge of a node its own place along the node's side, in the order of where it goes.
    fn spread_ports(&mut self) {
        let places = self.places();
        for node in 0..self.cells.len() {
            if !self.cells[node].is_node {
                continue;
            }
            let width = self.cells[node].left + self.cells[node].right;
            for is_below in [true, false] {
                let mut links: Vec<usize> = (0..self.links.len())
                    .filter(|link| match is_below {
                        true => self.links[*link].above == node,
                        false => self.links[*link].below == node,
                    })
                    .collect();
                links.sort_by_key(|link| match is_below {
                    true => places[self.links[*link].below],
                    false => places[self.links[*link].above],
                });
                let parts = links.len() as f64 + 1.0;
                for (place, link) in links.into_iter().enumerate() {
                    let off = width * ((place as f64 + 1.0) / parts - 0.5);
                    match is_below {
                        true => self.links[link].off_above = off,
                        false => self.links[link].off_below = off,
                    }
                }
            }
        }
    }

    /// Brings cells as near to what they are joined with as their rows allow.
    fn place(&mut self) {
        for row in 0..self.rows.len() {
            self.place_row(row, |_| None);
        }
        for sweep in 0..SWEEPS {
            let rows: Vec<usize> = match sweep % 2 == 0 {
                true => (0..self.rows.len()).collect(),
                false => (0..self.rows.len()).rev().collect(),
            };
            for row in rows {
                let wanted: Vec<Option<f64>> =
                    self.rows[row].iter().map(|cell| self.wanted(*cell)).collect();
                self.place_row(row, |place| wanted[place]);
            }
        }
        let least = self.cells.iter().map(|cell| cell.x - cell.left).fold(f64::INFINITY, f64::min);
        for cell in &mut self.cells {
            cell.x -= least;
        }
    }

    /// Draws each edge straight for as long as what stands beside it allows.
    fn straighten(&mut self) {
        for chain in self.chains.clone() {
            let mut left = chain.as_slice();
            while let [first, ..] = left {
                let (mut least, mut most) = self.room(*first);
                let mut count = 1;
                while let Some(cell) = left.get(count) {
                    let room = self.room(*cell);
                    if least.max(room.0) > most.min(room.1) {
                        break;
                    }
                    (least, most) = (least.max(room.0), most.min(room.1));
                    count += 1;
                }
                let (run, rest) = left.split_at(count);
                let middle = mean(run.iter().map(|cell| self.cells[*cell].x)).unwrap_or(least);
                for cell in run {
                    self.cells[*cell].x = middle.max(least).min(most);
                }
                left = rest;
            }
        }
    }

    /// Between where and where a cell may stand while its neighbours stay where they are.
    fn room(&self, cell: usize) -> (f64, f64) {
        let own = &self.cells[cell];
        let row = &self.rows[own.row];
        let place = row.iter().position(|other| *other == cell).unwrap_or(0);
        let before = place.checked_sub(1).and_then(|place| row.get(place));
        let least = before.map_or(own.left, |before| {
            let before = &self.cells[*before];
            before.x + before.right + APART + own.left
        });
        let most = row.get(place + 1).map_or(f64::INFINITY, |after| {
            let after = &self.cells[*after];
            after.x - after.left - APART - own.right
        });
        // What is exactly as near as it may be is not to be moved by how numbers are rounded.
        (least.min(own.x), most.max(own.x))
    }

    /// Where a cell would like to be: under and above what it is joined with. That an edge is straight where it passes
    /// a row weighs more than that it is short.
    fn wanted(&self, cell: usize) -> Option<f64> {
        let (mut sum, mut weights) = (0.0, 0.0);
        for link in &self.links {
            let (other, at) = if link.above == cell {
                (link.below, self.cells[link.below].x + link.off_below - link.off_above)
            } else if link.below == cell {
                (link.above, self.cells[link.above].x + link.off_above - link.off_below)
            } else {
                continue;
            };
            let weight = if self.cells[other].is_node { 1.0 } else { 3.0 };
            sum += at * weight;
            weights += weight;
        }
        (weights > 0.0).then(|| sum / weights)
    }

    /// Puts the cells of a row in their order, each as near as possible to where it is wanted (by the squares of the
    /// distances): neighbours that want to overlap become a block that stands at the middle of its wishes.
    fn place_row(&mut self, row: usize, wanted: impl Fn(usize) -> Option<f64>) {
        struct Block {
            sum: f64,
            cells: usize,
        }
        let mut offsets = Vec::new();
        let mut reach = 0.0;
        let mut blocks: Vec<Block> = Vec::new();
        for (place, cell) in self.rows[row].iter().enumerate() {
            let cell = &self.cells[*cell];
            if place > 0 {
                reach += APART + cell.left;
            }
            offsets.push(reach);
            let wish = wanted(place).unwrap_or(cell.x) - reach;
            reach += cell.right;
            blocks.push(Block { sum: wish, cells: 1 });
            while let [.., one, other] = blocks.as_slice() {
                if one.sum / one.cells as f64 <= other.sum / other.cells as f64 {
                    break;
                }
                let joined = Block { sum: one.sum + other.sum, cells: one.cells + other.cells };
                blocks.truncate(blocks.len() - 2);
                blocks.push(joined);
            }
        }
        let mut place = 0;
        for block in blocks {
            for _ in 0..block.cells {
                let cell = self.rows[row][place];
                self.cells[cell].x = block.sum / block.cells as f64 + offsets[place];
                place += 1;
            }
        }
    }

    fn drawn(&self, nodes: &[Size], ways: &[Way]) -> Layout {
        let height =
            |row: &Vec<usize>| row.iter().map(|cell| self.cells[*cell].height).fold(0.0, f64::max);
        let mut tops = Vec::new();
        let mut y = 0.0;
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                y += BEND;
            }
            tops.push(y);
            y += height(row);
        }
        // The last row is one of labels, and has none.
        let bottom = y - if self.rows.is_empty() { 0.0 } else { BEND };
        let corner = |index: usize| {
            let cell = &self.cells[index];
            let down = (height(&self.rows[cell.row]) - cell.height) / 2.0;
            Point { x: cell.x - cell.left, y: tops[cell.row] + down }
        };
        let mut links = self.links.iter();
        let mut edges = Vec::new();
        for (way, chain) in ways.iter().zip(&self.chains) {
            let first = links.next();
            let last = if chain.is_empty() { first } else { links.nth(chain.len() - 1) };
            let start = Point {
                x: self.cells[way.from].x + first.map_or(0.0, |link| link.off_above),
                y: corner(way.from).y + nodes[way.from].height,
            };
            let end = Point {
                x: self.cells[way.to].x + last.map_or(0.0, |link| link.off_below),
                y: corner(way.to).y,
            };
            let mut points = vec![start];
            for cell in chain {
                let Cell { x, row, .. } = self.cells[*cell];
                points.push(Point { x, y: tops[row] });
                points.push(Point { x, y: tops[row] + height(&self.rows[row]) });
            }
            points.push(end);
            let label = chain.last().map_or(start, |cell| {
                let Cell { x, row, height: own, .. } = self.cells[*cell];
                let down = (height(&self.rows[row]) - own) / 2.0;
                Point { x: x + LABEL_OFF, y: tops[row] + down }
            });
            edges.push(Path { points, label });
        }
        let width = self.cells.iter().map(|cell| cell.x + cell.right).fold(0.0, f64::max);
        let corners = (0..nodes.len()).map(corner).collect();
        Layout { size: Size { width, height: bottom.max(0.0) }, nodes: corners, edges }
    }
}

/// The row of each node: the length of the longest way to it. What nothing leads to stands above what it leads to.
fn ranks(nodes: usize, ways: &[Way]) -> Vec<usize> {
    let mut ranks = vec![0_usize; nodes];
    for _ in 0..nodes {
        for way in ways {
            ranks[way.to] = ranks[way.to].max(ranks[way.from] + 1);
        }
    }
    for node in 0..nodes {
        if ways.iter().any(|way| way.to == node) {
            continue;
        }
        let below = ways.iter().filter(|way| way.from == node).map(|way| ranks[way.to]).min();
        ranks[node] = below.map_or(0, |below| below.saturating_sub(1));
    }
    ranks
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}
