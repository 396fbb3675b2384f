//! What pages are made of: plain display data and the parts that draw themselves. Strings, numbers and enums only; ids are text,
//! links are paths, times are a [`Moment`]. A part that has a template is shown by naming it: `{{ page.mosaic }}`.

mod badge;
mod diff;
mod frame;
mod input;
mod moment;
mod mosaic;
mod pager;
mod people;
mod setting;
mod shape;
mod stat;

pub use badge::{DeviceState, Tone};
pub use diff::{Change, ChangeKind, Diff};
pub use frame::{Flash, Frame, Nav, OrgLink, Person, Place, Theme};
pub use input::{Input, Opt, Select, selected};
pub use moment::Moment;
pub use mosaic::{Mosaic, Size, Tile};
pub use pager::{Pager, Sort, Step, StepState, Stepper, Tab};
pub use people::{Avatar, RoleOption};
pub use setting::{ChoiceLeaf, Layer, Source, SwitchLeaf};
pub use stat::{Meter, Stat, TimelineItem};

/// Marks parts as HTML, so that templates can name them like any value.
macro_rules! parts {
    ($($part:ty),+ $(,)?) => { $(impl askama::filters::HtmlSafe for $part {})+ };
}

parts!(
    Avatar,
    ChoiceLeaf,
    DeviceState,
    Diff,
    Meter,
    Moment,
    Mosaic,
    Pager,
    Source,
    Stat,
    Stepper,
    SwitchLeaf
);

#[cfg(test)]
mod tests;
