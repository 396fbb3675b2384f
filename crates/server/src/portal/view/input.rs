//! What a form's controls hold: the value typed so far and what is wrong with it.

/// A text control: what was typed is kept, whatever is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The value to show. Leave it empty for passwords.
    pub value: String,
    /// What is wrong and how to mend it. The first wrong control gets the focus.
    pub error: Option<String>,
}

impl Input {
    /// A control that holds a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: None,
        }
    }

    /// A control whose value was refused.
    pub fn refused(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: Some(error.into()),
        }
    }
}

/// A choice from a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// What may be chosen, in order.
    pub options: Vec<Opt>,
    /// The chosen value; empty when nothing is preset.
    pub value: String,
    /// What is wrong with the choice.
    pub error: Option<String>,
}

/// One option of a [`Select`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opt {
    /// What the form sends.
    pub value: String,
    /// What the person reads.
    pub label: String,
}

impl Opt {
    /// An option from its value and its label.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// Whether an option is the chosen one (templates compare through this, since they hold references of different depth).
pub fn selected(option: &str, value: &str) -> bool {
    option == value
}
