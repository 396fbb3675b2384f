//! AWS Signature Version 4, for what is asked here: a GET without a body.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;
use url::Url;

/// Who signs, for what, and when.
pub(super) struct Signer<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) at: OffsetDateTime,
}

/// The two headers that a signature makes.
pub(super) struct Signed {
    pub(super) date: String,
    pub(super) authorization: String,
}

impl Signer<'_> {
    /// Signs a GET of an address whose path and query hold nothing that would need another encoding.
    pub(super) fn sign_get(&self, url: &str) -> Result<Signed, &'static str> {
        const UNREADABLE: &str = "The address cannot be signed.";
        let url = Url::parse(url).map_err(|_| UNREADABLE)?;
        let host = url.host_str().ok_or(UNREADABLE)?;
        let host = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let date = self.at.format(format).map_err(|_| UNREADABLE)?;
        let day = &date[..8];
        let mut query: Vec<&str> = url
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|part| !part.is_empty())
            .collect();
        query.sort_unstable();
        let canonical = format!(
            "GET\n{}\n{}\nhost:{host}\nx-amz-date:{date}\n\nhost;x-amz-date\n{}",
            url.path(),
            query.join("&"),
            hex(&Sha256::digest(b""))
        );
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            hex(&Sha256::digest(canonical.as_bytes()))
        );
        let seed = zeroize::Zeroizing::new(format!("AWS4{}", self.secret));
        let steps = [day, self.region, self.service, "aws4_request", &text];
        let signature = steps
            .iter()
            .fold(seed.as_bytes().to_vec(), |key, step| mac(&key, step.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={}",
            self.id,
            hex(&signature)
        );
        Ok(Signed { date, authorization })
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a MAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pairs = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    pairs.map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    /// `get-vanilla` and `get-vanilla-query-order-key-case` of the suite that AWS publishes.
    #[test]
    fn it_signs_as_the_published_examples_do() {
        let signer = Signer {
            id: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "service",
            at: datetime!(2015-08-30 12:36:00 UTC),
        };
        for (url, wanted) in [
            (
                "https://example.amazonaws.com/",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "https://example.amazonaws.com/?Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
        ] {
            let signed = signer.sign_get(url).unwrap();
            assert_eq!(signed.date, "20150830T123600Z");
            assert_eq!(
                signed.authorization,
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature={wanted}"
                )
            );
        }
    }
}
