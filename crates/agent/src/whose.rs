//! Whose word something is, as the member of this machine calls them.

use tessera_policy::LayerName;

/// A team by its name where that is known, else by its id.
pub(crate) fn whose(layer: LayerName, name: Option<&str>) -> String {
    match (layer, name) {
        (LayerName::Team(_), Some(name)) => format!("team {name}"),
        (LayerName::Tightened(_), _) => "an admin, for you".to_owned(),
        (layer, _) => layer.to_string(),
    }
}
