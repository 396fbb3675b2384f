//! Every part in every state, for the eye. Served as `/_parts` in debug builds.

use askama::Template;

use crate::portal::view::{
    Avatar, ChoiceLeaf, DeviceState, Diff, Frame, Input, Meter, Mosaic, Pager, Place, Select, Sort, Source,
    Stat, Stepper, SwitchLeaf, Tab, TimelineItem,
};

/// The gallery of parts.
#[derive(Debug, Template)]
#[template(path = "pages/parts.html")]
pub struct Parts {
    /// The frame.
    pub frame: Frame,
    /// A field at rest, filled, and refused.
    pub fields: [Input; 3],
    /// A select, and one refused.
    pub selects: [Select; 2],
    /// Switches: on, off, locked, refused.
    pub switches: Vec<SwitchLeaf>,
    /// A choice.
    pub choice: ChoiceLeaf,
    /// Every state of a device.
    pub states: Vec<DeviceState>,
    /// Meters: empty, used and held, full.
    pub meters: Vec<Meter>,
    /// Figures of every tone.
    pub stats: Vec<Stat>,
    /// Mosaics: large, small, tiny, and one of more than 2,000 devices.
    pub mosaics: Vec<Mosaic>,
    /// A diff of values and rows.
    pub diff: Diff,
    /// What happened.
    pub timeline: Vec<TimelineItem>,
    /// Steps done, at hand and to come.
    pub stepper: Stepper,
    /// A pager in the middle of a list.
    pub pager: Pager,
    /// Tabs, with and without counts.
    pub tabs: Vec<Tab>,
    /// A sorted column.
    pub sort: Sort,
    /// Avatars of several names.
    pub avatars: Vec<Avatar>,
    /// Every source.
    pub sources: Vec<Source>,
}
