//! Making a picture safe and small: bounded before it is decoded, decoded away from the threads that answer
//! requests, and written anew.

use std::{io::Cursor, sync::Arc, time::Duration};

use bytes::Bytes;
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::png::{CompressionType, FilterType, PngEncoder},
    imageops,
};
use tessera_domain::{Error, Result};
use tessera_store::Picture;
use tessera_wire::Digest;
use tokio::sync::Semaphore;

/// The most bytes that an uploaded picture may have.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// The most pixels along each side of a picture that is kept; smaller ones stay as small.
pub const SIDE: u32 = 256;

/// The most pixels along one side of what is decoded.
const LONGEST: u32 = 10_000;
/// The most pixels of what is decoded: the largest that telephones make.
const MOST_PIXELS: u64 = 25_000_000;
/// The most memory that one picture takes while it is decoded.
const MOST_MEMORY: u64 = 128 * 1024 * 1024;
/// How many pictures are decoded at once: each takes a core and its memory.
const AT_ONCE: usize = 1;
/// How many may wait for their turn; beyond, they are asked to come back.
const IN_LINE: usize = 16;

/// Where pictures are decoded, one at a time.
#[derive(Debug)]
pub(crate) struct Darkroom {
    line: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Darkroom {
    fn default() -> Self {
        Self {
            line: Arc::new(Semaphore::new(IN_LINE)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Darkroom {
    /// The picture that is kept of an upload.
    pub(super) async fn develop(&self, upload: Bytes) -> Result<Picture> {
        if upload.len() > MOST_BYTES {
            return Err(Error::too_large(format!(
                "The picture has more than {} MB. Save it smaller and choose it again.",
                MOST_BYTES / (1024 * 1024)
            )));
        }
        let busy = || {
            Error::rate_limited(
                "Too many pictures are being read. Try again in a moment.",
                Duration::from_secs(2),
            )
        };
        let place = Arc::clone(&self.line).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        // The permits go with the work: a client who gives up does not let another picture begin early.
        let work = tokio::task::spawn_blocking(move || {
            let done = small_png(&upload);
            drop((turn, place));
            done
        });
        // A decoder that panics has met a file that its authors did not think of; the file is what is refused.
        work.await.unwrap_or_else(|error| Err(broken(&error)))
    }
}

fn small_png(upload: &[u8]) -> Result<Picture> {
    let format = format_of(upload)?;
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unread)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(too_many_pixels());
    }
    let orientation = decoder.orientation().map_err(unread)?;
    let mut square = shrunk(&DynamicImage::from_decoder(decoder).map_err(unread)?);
    square.apply_orientation(orientation);
    written(&square)
}

/// The middle of the picture, as a square of at most [`SIDE`].
fn shrunk(picture: &DynamicImage) -> DynamicImage {
    let side = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let square = picture.crop_imm(left, top, side, side);
    if side <= SIDE {
        return square;
    }
    // A cheap pass does most of the work, and a careful one the rest.
    let near = if side > 4 * SIDE {
        square.thumbnail_exact(2 * SIDE, 2 * SIDE)
    } else {
        square
    };
    near.resize_exact(SIDE, SIDE, imageops::FilterType::Lanczos3)
}

/// Nothing but pixels: what else the file held stays behind.
fn written(square: &DynamicImage) -> Result<Picture> {
    let pixels = square.to_rgba8();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive)
        .write_image(
            &pixels,
            pixels.width(),
            pixels.height(),
            image::ExtendedColorType::Rgba8,
        )
        .map_err(Error::internal)?;
    Ok(Picture {
        digest: *Digest::of(&bytes).as_bytes(),
        bytes,
    })
}

/// What the file is by its first bytes. What it is called, or said to be, counts for nothing.
fn format_of(upload: &[u8]) -> Result<ImageFormat> {
    match image::guess_format(upload) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif)) => {
            Ok(format)
        }
        _ => Err(no_picture(upload)),
    }
}

fn no_picture(upload: &[u8]) -> Error {
    let start = String::from_utf8_lossy(&upload[..upload.len().min(1_024)]).to_lowercase();
    let told = if upload.is_empty() {
        "The file is empty. Choose a PNG, JPEG, WebP or GIF picture."
    } else if start.contains("<svg") {
        "SVG pictures are not taken, since they can hold scripts. Save it as PNG and choose that."
    } else if start.get(4..12).is_some_and(|kind| kind.starts_with("ftyp")) {
        "This kind of picture (such as HEIC or AVIF) is not taken. Save it as JPEG or PNG and choose that."
    } else {
        "This is no PNG, JPEG, WebP or GIF picture."
    };
    Error::field("/picture", told)
}

fn unread(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => too_many_pixels(),
        other => broken(&other),
    }
}

fn broken(error: &dyn std::fmt::Display) -> Error {
    Error::field(
        "/picture",
        "The picture cannot be read: the file is damaged or incomplete. Choose another.",
    )
    .with_internal(error)
}

fn too_many_pixels() -> Error {
    Error::field(
        "/picture",
        format!(
            "The picture has too many pixels; at most {} million fit. Save it smaller and choose it again.",
            MOST_PIXELS / 1_000_000
        ),
    )
}

#[cfg(test)]
mod tests;
