//! The forms that a message takes: signed JSON, Slack's blocks, Teams' adaptive card.
//!
//! Names and reasons come from machines and people. In Slack and Teams they stand only where neither reads mark-up, so a
//! device called `<!channel>` or `[x](https://evil.example)` is told as it is called.

use serde_json::{Value, json};
use tessera_domain::AlertFormat;

use super::message::{Message, Phase};

/// Characters that Slack takes in one text.
const SLACK_TEXT: usize = 2_900;

/// The body of a delivery.
pub(super) fn body(message: &Message, format: AlertFormat, public_url: &str) -> String {
    let value = match format {
        AlertFormat::Standard => message.json(public_url),
        AlertFormat::Slack => slack(message),
        AlertFormat::Teams => teams(message),
    };
    value.to_string()
}

fn slack(message: &Message) -> Value {
    let (lines, more) = message.lines();
    let plain = |text: &str| json!({ "type": "plain_text", "text": clipped(text), "emoji": false });
    let mut blocks = vec![json!({ "type": "section", "text": plain(&message.title()) })];
    let mut told: Vec<String> = lines.iter().map(joined).collect();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    blocks.push(json!({ "type": "section", "text": plain(&told.join("\n")) }));
    // The address is ours, and holds nothing that Slack reads as mark-up.
    let link = format!("<{}|See it in Tessera>", message.link);
    blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": link, "verbatim": true } }));
    json!({ "text": escaped(&message.title()), "mrkdwn": false, "link_names": false, "blocks": blocks })
}

fn joined((name, detail): &(String, String)) -> String {
    if name.is_empty() {
        return defused(detail);
    }
    defused(&format!("{name}: {detail}"))
}

/// Slack reads `<`, `>` and `&` in the text of a notification, and nothing else as long as mark-up is off.
fn escaped(text: &str) -> String {
    let safe = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    defused(&safe)
}

/// Parts what would call people (`@channel`) where a workspace links names by itself.
fn defused(text: &str) -> String {
    text.replace('@', "@\u{2060}")
}

fn clipped(text: &str) -> String {
    defused(text).chars().take(SLACK_TEXT).collect()
}

fn teams(message: &Message) -> Value {
    let (lines, more) = message.lines();
    // Unlike a TextBlock, a TextRun knows no Markdown.
    let run = |text: &str, bold: bool| {
        let weight = if bold { "Bolder" } else { "Default" };
        json!({ "type": "TextRun", "text": text, "weight": weight })
    };
    let paragraph = |inlines: Vec<Value>| json!({ "type": "RichTextBlock", "inlines": inlines });
    let mut body = vec![paragraph(vec![json!({
        "type": "TextRun", "text": message.title(), "weight": "Bolder", "size": "Medium", "color": colour(message),
    })])];
    body.extend(lines.iter().map(|(name, detail)| {
        let mut inlines = Vec::new();
        if !name.is_empty() {
            inlines.push(run(&format!("{name}: "), true));
        }
        inlines.push(run(detail, false));
        paragraph(inlines)
    }));
    if more > 0 {
        body.push(paragraph(vec![run(&format!("and {more} more"), false)]));
    }
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": body,
        "actions": [{ "type": "Action.OpenUrl", "title": "See it in Tessera", "url": message.link }],
    });
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card,
        }],
    })
}

const fn colour(message: &Message) -> &'static str {
    match message.phase {
        Phase::Opened => "Attention",
        Phase::Resolved => "Good",
        Phase::Test => "Default",
    }
}

#[cfg(test)]
mod tests {
    use tessera_domain::AlertKind;
    use tessera_ids::{
        AlertId, OrgId, Timestamp, TypedId,
        ambient::{SystemClock, SystemEntropy},
    };
    use tessera_store::Alert;

    use super::*;

    const HOSTILE: &str = "<!channel> & @here *bold* _i_ [x](https://evil.example) <https://evil.example|y>";

    fn message(count: usize) -> Message {
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let alert = Alert {
            id: AlertId::generate(&SystemClock, &SystemEntropy),
            org: Some(org),
            kind: AlertKind::DeviceFailing,
            subject: org.uuid(),
            name: HOSTILE.to_owned(),
            detail: HOSTILE.to_owned(),
            link: format!("/o/{org}/devices"),
            opened_at: Timestamp::EPOCH,
            told_at: None,
            closed_at: None,
        };
        let name = (org, "Acme <!everyone>".parse().expect("a name"));
        let alerts = vec![alert; count];
        Message::about(
            "https://t.example",
            Some(name),
            AlertKind::DeviceFailing,
            Phase::Opened,
            alerts,
            Timestamp::EPOCH,
        )
        .expect("there are some")
    }

    fn read(format: AlertFormat, count: usize) -> Value {
        serde_json::from_str(&body(&message(count), format, "https://t.example")).expect("it is JSON")
    }

    #[test]
    fn slack_is_told_names_where_it_reads_no_markup() {
        let said = read(AlertFormat::Slack, 2);
        let text = said["text"].as_str().expect("a text");
        assert!(
            text.starts_with("Acme &lt;!everyone&gt;: 2 devices are failing"),
            "{text}"
        );
        assert_eq!(said["mrkdwn"], false);
        for block in said["blocks"].as_array().expect("blocks") {
            let text = block["text"]["text"].as_str().expect("a text");
            if block["text"]["type"] == "plain_text" {
                assert!(!text.contains("@here") && text.len() < 3_000, "{text}");
            } else {
                assert!(
                    text.starts_with("<https://t.example/o/org_") && !text.contains("evil"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn teams_is_told_names_in_runs_alone() {
        let said = read(AlertFormat::Teams, 1);
        let card = &said["attachments"][0]["content"];
        assert_eq!(
            said["attachments"][0]["contentType"],
            "application/vnd.microsoft.card.adaptive"
        );
        for block in card["body"].as_array().expect("a body") {
            assert_eq!(block["type"], "RichTextBlock");
            for run in block["inlines"].as_array().expect("runs") {
                assert_eq!(run["type"], "TextRun");
            }
        }
        assert!(
            card["actions"][0]["url"]
                .as_str()
                .expect("a link")
                .starts_with("https://t.example/")
        );
    }

    #[test]
    fn five_hundred_are_one_message_of_bounded_length() {
        for format in AlertFormat::ALL {
            let body = body(&message(500), format, "https://t.example");
            assert!(body.len() < 24 * 1024, "{}", body.len());
            assert!(body.contains("500 devices are failing"), "{body}");
        }
        let said = read(AlertFormat::Standard, 500);
        assert_eq!(said["data"]["count"], 500);
        assert_eq!(said["data"]["alerts"].as_array().map(Vec::len), Some(20));
        assert_eq!(said["type"], "alert.opened");
        assert_eq!(said["timestamp"], "1970-01-01T00:00:00Z");
    }
}
