//! The shapes of device states as SVG path data: no two states share one, so that none is told by colour alone.

use std::fmt::Write as _;

use super::DeviceState;

/// Where a shape is drawn.
#[derive(Clone, Copy)]
pub(super) struct Square {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) side: u32,
}

impl Square {
    /// Path data of a state's shape.
    pub(super) fn draw(self, state: DeviceState) -> String {
        let Self { left, top, side } = self;
        match state {
            DeviceState::Applied => self.full(),
            DeviceState::Pending => self.inset(side / 4).full(),
            DeviceState::Waiting => self.inset(side / 4).hollow(),
            DeviceState::Behind => format!("M{left} {top}v{side}h{side}z"),
            DeviceState::Stale => self.hollow(),
            DeviceState::Failed => self.hatched(),
            DeviceState::Cloned => {
                let half = side / 2;
                let one = Self { side: half, ..self };
                let other = Self {
                    left: left + side - half,
                    top: top + side - half,
                    side: half,
                };
                one.full() + &other.full()
            }
            DeviceState::SignedOut => self.bar(1),
            DeviceState::Wiped => self.bar(2),
        }
    }

    fn inset(self, by: u32) -> Self {
        Self {
            left: self.left + by,
            top: self.top + by,
            side: self.side - 2 * by,
        }
    }

    fn full(self) -> String {
        let Self { left, top, side } = self;
        format!("M{left} {top}h{side}v{side}h-{side}z")
    }

    /// A frame: the inner square runs the other way round, which leaves it empty.
    fn hollow(self) -> String {
        let Self { left, top, side } = self.inset((self.side / 6).max(1));
        format!("{}M{left} {top}v{side}h{side}v-{side}z", self.full())
    }

    /// One or two lines across the middle: a device that is gone.
    fn bar(self, lines: u32) -> String {
        let Self { left, top, side } = self;
        let thick = (side / 6).max(1);
        (0..lines).fold(String::new(), |mut path, line| {
            let y = top + (side * (line + 1)) / (lines + 1) - thick / 2;
            let _ = write!(path, "M{left} {y}h{side}v{thick}h-{side}z");
            path
        })
    }

    /// Diagonal stripes: two triangles at the corners and a band between.
    fn hatched(self) -> String {
        let Self { left, top, side } = self;
        let (right, bottom) = (left + side, top + side);
        let third = side / 3;
        let wide = (side / 5).max(1);
        format!(
            "M{left} {top}h{third}L{left} {}z\
             M{left} {bottom}v-{wide}L{} {top}h{wide}v{wide}L{} {bottom}z\
             M{right} {bottom}h-{third}L{right} {}z",
            top + third,
            right - wide,
            left + wide,
            bottom - third,
        )
    }
}
