//! The mosaic: one tile per device, filling with colour as signed receipts arrive. Beyond 2,000 devices one tile stands for many.

use std::fmt::Write as _;

use askama::Template;

use super::shape::Square;
use super::{DeviceState, grouped};

/// More tiles than this are not drawn one by one.
const MOST_TILES: usize = 2_000;
/// Tiles that a mosaic of numbers has, besides one for each state that would have none.
const COUNTED_TILES: u64 = 400;

/// A mosaic, ready to be drawn. Make it with [`Mosaic::new`].
#[derive(Clone, Debug, Template)]
#[template(path = "parts/mosaic.html")]
pub struct Mosaic {
    /// Sentence that says the same as the picture: `23 of 25 devices applied, 1 pending, 1 failed`.
    pub summary: String,
    /// How many devices one tile stands for.
    pub per_tile: usize,
    /// Large for the rollout page, small beside a revision.
    pub size: Size,
    width: u32,
    height: u32,
    tiles: Vec<Drawn>,
}

/// How large a mosaic is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// The rollout page: tiles are links and can be walked with the arrow keys.
    Large,
    /// Home: a picture with names on hover.
    Small,
    /// Beside a revision in a list: at most 60 tiles, no names.
    Tiny,
}

/// One device's tile.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The device's id; tiles stand in its order, so that none ever moves.
    pub id: String,
    /// Who and where: `Ada Byron · adas-laptop`.
    pub label: String,
    /// Where the tile leads.
    pub href: String,
    /// What it shows.
    pub state: DeviceState,
}

/// A tile with its place and shape.
#[derive(Clone, Debug)]
struct Drawn {
    label: String,
    href: String,
    state: DeviceState,
    path: String,
}

impl Mosaic {
    /// Lays the tiles out in the order of their ids.
    pub fn new(size: Size, mut tiles: Vec<Tile>) -> Self {
        tiles.sort_by(|a, b| a.id.cmp(&b.id));
        let summary = summary(&count_states(&tiles));
        let most = if size == Size::Tiny { 60 } else { MOST_TILES };
        let per_tile = tiles.len().div_ceil(most).max(1);
        let drawn: Vec<Drawn> = if per_tile == 1 {
            tiles.into_iter().map(Drawn::one).collect()
        } else {
            tiles
                .chunks(per_tile)
                .enumerate()
                .map(|(index, group)| Drawn::many(index * per_tile, group))
                .collect()
        };
        Self::lay_out(size, summary, per_tile, drawn)
    }

    /// The same from numbers alone, for more devices than anybody would read one by one: each tile stands for many
    /// devices of one state, and no state is too rare for a tile.
    pub fn of_counts(size: Size, counts: &[(DeviceState, u64)]) -> Self {
        let all: u64 = counts.iter().map(|(_, count)| count).sum();
        let per_tile = all.div_ceil(COUNTED_TILES).max(1);
        let tiles = |(state, count): &(DeviceState, u64)| {
            let drawn = Drawn {
                label: format!("{} {}", grouped(*count), state.word()),
                href: "#devices".to_owned(),
                state: *state,
                path: String::new(),
            };
            let tiles = usize::try_from(count.div_ceil(per_tile)).unwrap_or(usize::MAX);
            std::iter::repeat_n(drawn, tiles)
        };
        let drawn = counts.iter().flat_map(tiles).collect();
        let per_tile = usize::try_from(per_tile).unwrap_or(usize::MAX);
        Self::lay_out(size, summary(counts), per_tile, drawn)
    }

    fn lay_out(size: Size, summary: String, per_tile: usize, mut drawn: Vec<Drawn>) -> Self {
        let (pitch, columns) = layout(size, drawn.len());
        let gap = (pitch / 6).max(1);
        for (index, tile) in drawn.iter_mut().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let place = Square {
                left: index % columns * pitch,
                top: index / columns * pitch,
                side: pitch - gap,
            };
            tile.path = place.draw(tile.state);
        }
        let count = u32::try_from(drawn.len()).unwrap_or(u32::MAX);
        let width = (columns.min(count.max(1)) * pitch).saturating_sub(gap);
        let height = (count.div_ceil(columns).max(1) * pitch).saturating_sub(gap);
        Self {
            summary,
            per_tile,
            size,
            width,
            height,
            tiles: drawn,
        }
    }

    /// Whether the tiles are links.
    fn is_large(&self) -> bool {
        self.size == Size::Large
    }

    /// The class of the style sheet.
    fn class(&self) -> &'static str {
        match self.size {
            Size::Large => "large",
            Size::Small => "small",
            Size::Tiny => "tiny",
        }
    }
}

impl Drawn {
    fn one(tile: Tile) -> Self {
        let label = format!("{}: {}", tile.label, tile.state.word());
        Self {
            label,
            href: tile.href,
            state: tile.state,
            path: String::new(),
        }
    }

    /// A group shows the state that most wants to be seen, and counts the rest in its name.
    fn many(first: usize, group: &[Tile]) -> Self {
        let state = group
            .iter()
            .map(|tile| tile.state)
            .max_by_key(|state| urgency(*state))
            .unwrap_or(DeviceState::Pending);
        let label = format!(
            "Devices {} to {}: {}",
            first + 1,
            first + group.len(),
            counts(&count_states(group))
        );
        Self {
            label,
            href: "#devices".to_owned(),
            state,
            path: String::new(),
        }
    }
}

/// Distance from tile to tile, and tiles in a row.
fn layout(size: Size, count: usize) -> (u32, u32) {
    let root = |factor: usize| u32::try_from((count * factor).isqrt()).unwrap_or(u32::MAX).max(1);
    match size {
        Size::Tiny => (6, 20),
        Size::Small => (if count <= 100 { 18 } else { 9 }, root(4).clamp(10, 60)),
        Size::Large if count <= 60 => (42, root(5).clamp(6, 20)),
        Size::Large if count <= 150 => (30, root(5).clamp(8, 28)),
        Size::Large if count <= 600 => (24, root(5).clamp(20, 40)),
        Size::Large => (14, 72),
    }
}

/// Which state a tile for many shows.
fn urgency(state: DeviceState) -> u8 {
    match state {
        DeviceState::Failed => 7,
        DeviceState::Cloned => 6,
        DeviceState::Stale => 5,
        DeviceState::Behind => 4,
        DeviceState::Pending => 3,
        DeviceState::Waiting => 2,
        DeviceState::SignedOut | DeviceState::Wiped => 1,
        DeviceState::Applied => 0,
    }
}

/// How many tiles show each state, in the order of a legend.
fn count_states(tiles: &[Tile]) -> Vec<(DeviceState, u64)> {
    let count = |state: DeviceState| tiles.iter().filter(|tile| tile.state == state).count() as u64;
    DeviceState::ALL.map(|state| (state, count(state))).to_vec()
}

fn counts(counts: &[(DeviceState, u64)]) -> String {
    let mut text = String::new();
    for (state, count) in counts.iter().filter(|(_, count)| *count > 0) {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{} {}", grouped(*count), state.word());
    }
    text
}

fn summary(states: &[(DeviceState, u64)]) -> String {
    match states.iter().map(|(_, count)| count).sum() {
        0_u64 => "No devices yet".to_owned(),
        1 => format!("1 device: {}", counts(states)),
        count => format!("{} devices: {}", grouped(count), counts(states)),
    }
}
