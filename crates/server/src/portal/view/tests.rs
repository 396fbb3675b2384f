//! What parts promise: nothing moves, nothing is lost in a crowd, nothing is told by colour alone.

use askama::Template;

use super::*;

fn tile(id: usize, state: DeviceState) -> Tile {
    Tile {
        id: format!("{id:06}"),
        label: format!("Device {id}"),
        href: format!("/d/{id}"),
        state,
    }
}

#[test]
fn tiles_stand_in_the_order_of_their_ids() {
    let mut tiles: Vec<Tile> = (0..25).map(|id| tile(id, DeviceState::Pending)).collect();
    let first = Mosaic::new(Size::Large, tiles.clone()).render().unwrap();
    tiles.reverse();
    assert_eq!(first, Mosaic::new(Size::Large, tiles).render().unwrap());
}

#[test]
fn one_failure_among_thousands_is_still_seen() {
    let mut tiles: Vec<Tile> = (0..5_000).map(|id| tile(id, DeviceState::Applied)).collect();
    tiles[4_321].state = DeviceState::Failed;
    let mosaic = Mosaic::new(Size::Large, tiles);
    let html = mosaic.render().unwrap();
    assert_eq!(mosaic.per_tile, 3);
    assert_eq!(mosaic.summary, "5,000 devices: 4,999 applied, 1 failed");
    assert!(html.contains("tile failed") && html.contains("One tile stands for 3 devices."));
    assert!(html.matches("<a ").count() <= 2_000);
}

#[test]
fn every_state_has_a_shape_of_its_own() {
    let shapes: std::collections::BTreeSet<String> = DeviceState::ALL
        .iter()
        .map(|state| {
            shape::Square {
                left: 0,
                top: 0,
                side: 12,
            }
            .draw(*state)
        })
        .collect();
    assert_eq!(shapes.len(), DeviceState::ALL.len());
}

#[test]
fn a_meter_never_overflows() {
    let meter = Meter {
        used: 30,
        held: 5,
        total: 20,
        ..Meter::default()
    };
    let html = meter.render().unwrap();
    assert!(
        html.contains(r#"class="used" width="1000""#) && html.contains("meter full"),
        "{html}"
    );
}

#[test]
fn what_people_type_is_escaped() {
    let html = Source {
        layer: Layer::Team("<b>".to_owned()),
        locked: true,
    }
    .render()
    .unwrap();
    assert!(!html.contains("<b>") && html.contains("locked"), "{html}");
}

#[test]
fn initials_come_from_the_first_and_the_last_word() {
    assert!(Avatar::of("ada king byron").render().unwrap().contains(">AB<"));
    assert!(Avatar::of("ada@example.org").render().unwrap().contains(">A<"));
    assert!(Avatar::of("").render().unwrap().contains("<text"));
}

#[test]
fn a_mosaic_of_numbers_leaves_no_state_out() {
    let counts = [
        (DeviceState::Applied, 9_998),
        (DeviceState::Pending, 0),
        (DeviceState::Failed, 2),
    ];
    let mosaic = Mosaic::of_counts(Size::Small, &counts);
    assert_eq!(mosaic.per_tile, 25);
    assert_eq!(mosaic.summary, "10,000 devices: 9,998 applied, 2 failed");
    let html = mosaic.render().unwrap();
    assert_eq!(html.matches("<path").count(), 401);
    assert_eq!(html.matches("tile failed").count(), 1);
    assert!(
        Mosaic::of_counts(Size::Small, &[])
            .summary
            .starts_with("No devices")
    );
}
