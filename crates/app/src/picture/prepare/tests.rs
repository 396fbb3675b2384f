use image::{Rgba, RgbaImage, codecs::gif::GifEncoder};
use tessera_domain::Kind;

use super::*;

/// Left half red, right half blue, as a file of that format.
fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbaImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgba([255, 0, 0, 255])
        } else {
            Rgba([0, 0, 255, 255])
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .to_rgb8()
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

async fn develop(upload: impl Into<Bytes>) -> Result<Picture> {
    Darkroom::default().develop(upload.into()).await
}

fn pixels(picture: &Picture) -> RgbaImage {
    assert!(picture.bytes.starts_with(b"\x89PNG"));
    image::load_from_memory(&picture.bytes).unwrap().to_rgba8()
}

/// A PNG whose header claims a size, and whose data is little.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = file(4, 4, ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    })
}

#[tokio::test]
async fn every_format_becomes_a_small_square_png_of_the_middle() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let kept = pixels(&develop(file(1_500, 900, format)).await.unwrap());
        assert_eq!(kept.dimensions(), (SIDE, SIDE), "{format:?}");
        let (left, right) = (kept.get_pixel(8, 128).0, kept.get_pixel(248, 128).0);
        assert!(left[0] > 200 && left[2] < 60, "{format:?}: {left:?}");
        assert!(right[2] > 200 && right[0] < 60, "{format:?}: {right:?}");
    }
    let small = pixels(&develop(file(20, 12, ImageFormat::Png)).await.unwrap());
    assert_eq!(small.dimensions(), (12, 12), "nothing is blown up");
    let one = pixels(&develop(file(1, 1, ImageFormat::Gif)).await.unwrap());
    assert_eq!(one.dimensions(), (1, 1));
}

#[tokio::test]
async fn the_same_pixels_have_the_same_digest() {
    let (once, twice) = (file(300, 300, ImageFormat::Png), file(300, 300, ImageFormat::Png));
    assert_eq!(develop(once).await.unwrap(), develop(twice).await.unwrap());
}

#[tokio::test]
async fn of_a_moving_picture_the_first_is_kept() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for shade in [250, 10, 10] {
        let frame = RgbaImage::from_pixel(64, 64, Rgba([shade, shade, shade, 255]));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    let kept = pixels(&develop(bytes).await.unwrap());
    assert_eq!(kept.get_pixel(32, 32).0, [250, 250, 250, 255]);
}

#[tokio::test]
async fn nothing_but_pixels_comes_through() {
    let mut gif = file(32, 32, ImageFormat::Gif);
    gif.extend_from_slice(b"<html><script>alert(1)</script>");
    let mut png = file(32, 32, ImageFormat::Png);
    png.extend_from_slice(b"<?php system($_GET['x']); ?><script>alert(1)</script>");
    for polyglot in [gif, png] {
        let kept = develop(polyglot).await.unwrap();
        let text = String::from_utf8_lossy(&kept.bytes).into_owned();
        assert!(!text.contains("script") && !text.contains("php"));
    }
    // A comment in a JPEG, where telephones also put the place a picture was taken at.
    let mut jpeg = file(32, 32, ImageFormat::Jpeg);
    let comment = b"\xff\xfe\x00\x12taken at home 12";
    jpeg.splice(2..2, comment.iter().copied());
    let kept = develop(jpeg).await.unwrap();
    assert!(!kept.bytes.windows(5).any(|bytes| bytes == b"taken"));
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_the_reason() {
    let svg =
        r#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let truncated = file(800, 800, ImageFormat::Png)[..200].to_vec();
    let cut_jpeg = file(800, 800, ImageFormat::Jpeg)[..60].to_vec();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "empty"),
        (svg.into(), "SVG"),
        (b"<SVG onload=alert(1)>".to_vec(), "SVG"),
        (
            b"GIF89a<html><script>alert(1)</script>".to_vec(),
            "too many pixels",
        ),
        (b"GIF89a".to_vec(), "cannot be read"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "cannot be read"),
        (b"\xff\xd8\xff".to_vec(), "cannot be read"),
        (b"RIFF\x04\x00\x00\x00WEBPVP8 ".to_vec(), "cannot be read"),
        (b"\x00\x00\x00\x20ftypheic\x00\x00".to_vec(), "HEIC"),
        (b"%PDF-1.7".to_vec(), "no PNG"),
        (b"BM\x00\x00".to_vec(), "no PNG"),
        (truncated, "cannot be read"),
        (cut_jpeg, "cannot be read"),
        (vec![0; 4_096], "no PNG"),
    ];
    for (upload, reason) in cases {
        let shown = String::from_utf8_lossy(&upload[..upload.len().min(24)]).into_owned();
        let refused = develop(upload).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{shown}");
        assert_eq!(refused.fields[0].pointer, "/picture");
        assert!(refused.public.contains(reason), "{shown}: {refused}");
    }
}

#[tokio::test]
async fn bombs_are_refused_before_they_are_decoded() {
    for (width, height) in [
        (30_000, 30_000),
        (10_000, 10_000),
        (1, 30_000),
        (u32::MAX >> 1, u32::MAX >> 1),
    ] {
        let refused = develop(claiming(width, height)).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{width}×{height}");
        assert!(
            refused.public.contains("too many pixels"),
            "{width}×{height}: {refused}"
        );
    }
    let mut gif = file(8, 8, ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    let refused = develop(gif).await.unwrap_err();
    assert!(refused.public.contains("too many pixels"), "{refused}");
    let heavy = develop(vec![0_u8; 50 * 1024 * 1024]).await.unwrap_err();
    assert_eq!(heavy.kind, Kind::TooLarge);
}

#[tokio::test]
async fn random_damage_never_gets_further_than_a_refusal() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let whole = file(40, 40, format);
        for place in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x5a;
            damaged.truncate(whole.len() - place % 5);
            match develop(damaged).await {
                Ok(kept) => assert!(pixels(&kept).width() <= SIDE),
                Err(refused) => assert_eq!(refused.kind, Kind::Invalid, "{format:?} at {place}"),
            }
        }
    }
}
