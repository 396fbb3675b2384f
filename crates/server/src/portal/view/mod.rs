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
mod reaching;
mod setting;
mod shape;
mod stat;

pub use badge::{DeviceState, Tone};
pub use diff::{Change, ChangeKind, Diff};
pub use frame::{Flash, Frame, Nav, OrgLink, OwnedByFile, Person, Place, TeamLink, Theme};
pub use input::{Input, Opt, Select, selected};
pub use moment::Moment;
pub use mosaic::{Mosaic, Size, Tile};
pub use pager::{Pager, Sort, Step, StepState, Stepper, Tab};
pub use people::{Avatar, RoleOption};
pub use reaching::{Reaching, TeamTick};
pub use setting::{ChoiceLeaf, Layer, Lock, ModelLeaf, Source, SwitchLeaf};
pub use stat::{Meter, Stat, TimelineItem};

/// A number as people read it: `1,204`.
pub fn grouped(number: impl std::borrow::Borrow<u64>) -> String {
    let digits = number.borrow().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Marks parts as HTML, so that templates can name them like any value.
macro_rules! parts {
    ($($part:ty),+ $(,)?) => { $(impl askama::filters::HtmlSafe for $part {})+ };
}

parts!(
    Avatar,
    ChoiceLeaf,
    DeviceState,
    Diff,
    Lock,
    Meter,
    ModelLeaf,
    Moment,
    Mosaic,
    Pager,
    Reaching,
    Source,
    Stat,
    Stepper,
    SwitchLeaf
);

#[cfg(test)]
mod tests;
