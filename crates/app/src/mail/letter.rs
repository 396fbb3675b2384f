//! The one form that all of Tessera's mails have, as text and as HTML.

use super::Mail;

/// A mail before it is rendered: plain words, and at most one button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// What it says, paragraph by paragraph.
    pub paragraphs: Vec<String>,
    /// Where its button leads: label and address.
    pub action: Option<(String, String)>,
    /// What to do when the mail was not expected.
    pub footer: String,
}

impl Letter {
    /// Both parts of the mail. Everything in it is escaped in the HTML part.
    pub fn render(&self) -> Mail {
        Mail {
            to: self.to.clone(),
            subject: one_line(&self.subject),
            text: self.text(),
            html: self.html(),
        }
    }

    fn text(&self) -> String {
        let mut parts = self.paragraphs.clone();
        parts.extend(
            self.action
                .iter()
                .map(|(label, link)| format!("{label}:\n{link}")),
        );
        parts.push(format!("-- \n{}", self.footer));
        parts.join("\n\n") + "\n"
    }

    fn html(&self) -> String {
        let mut body = String::new();
        for paragraph in &self.paragraphs {
            body.extend(["<p>", &escape(paragraph), "</p>\n"]);
        }
        if let Some((label, link)) = &self.action {
            let (label, link) = (escape(label), escape(link));
            body += button(&label, &link).as_str();
        }
        format!(
            "<!doctype html><html lang=\"en\"><body style=\"font-family:system-ui,sans-serif;font-size:16px;\
             line-height:1.5;color:#23221d;max-width:34em;margin:24px auto;padding:0 16px\">\n{body}\
             <p style=\"color:#5c5a52;font-size:13px;border-top:1px solid #d9d6ca;padding-top:12px\">{}</p>\n\
             </body></html>\n",
            escape(&self.footer)
        )
    }
}

fn button(label: &str, link: &str) -> String {
    format!(
        "<p><a href=\"{link}\" style=\"display:inline-block;padding:10px 16px;border-radius:8px;\
                 background:#1d5c74;color:#ffffff;text-decoration:none;font-weight:600\">{label}</a></p>\n\
                 <p style=\"color:#5c5a52;font-size:13px\">Or open this address: {link}</p>\n"
    )
}

/// A subject is a header: a line break in it would begin another one.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_cannot_become_markup_or_a_header() {
        let mail = Letter {
            to: "ada@example.com".to_owned(),
            subject: "Join <b>Acme</b>\r\nBcc: eve@example.com".to_owned(),
            paragraphs: vec!["<script>alert(1)</script>".to_owned()],
            action: Some(("Open".to_owned(), "https://t.example/?a=1&b=\"2\"".to_owned())),
            footer: "Not you? Ignore it.".to_owned(),
        }
        .render();
        assert!(!mail.subject.contains(['\r', '\n']));
        assert!(!mail.html.contains("<script>") && mail.html.contains("&lt;script&gt;"));
        assert!(mail.html.contains("a=1&amp;b=&quot;2&quot;"));
        assert!(mail.text.contains("https://t.example/?a=1&b=\"2\""));
    }
}
