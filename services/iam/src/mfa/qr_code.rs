//! The picture that an authenticator app is shown: a QR code in PNG.

use flate2::{Compression, write::ZlibEncoder};
use qrcodegen::{QrCode, QrCodeEcc};
use service_kit::fault::Fault;
use std::io::Write;

/// The edge of one module in pixels.
const MODULE_PIXELS: i32 = 4;
/// The quiet zone around the code in modules (ISO/IEC 18004, 5.3.8).
const BORDER_MODULES: i32 = 4;

/// A grey-scale PNG of one bit a pixel that shows `text`.
///
/// # Errors
/// [`Fault::Internal`] for a text that does not fit, which no URI of ours is.
pub(crate) fn png(text: &str) -> Result<Vec<u8>, Fault> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(Fault::internal)?;
    let edge = (code.size() + 2 * BORDER_MODULES) * MODULE_PIXELS;
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::default());
    for y in 0..edge {
        pixels.write_all(&row(&code, y, edge)).map_err(Fault::internal)?;
    }
    let pixels = pixels.finish().map_err(Fault::internal)?;
    let mut header = [edge.to_be_bytes(), edge.to_be_bytes()].concat();
    // One bit a pixel, grey, and the only methods there are.
    header.extend([1, 0, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &pixels);
    chunk(&mut png, *b"IEND", &[]);
    Ok(png)
}

/// One line of pixels, most significant bit first, after the byte that says it is not filtered.
fn row(code: &QrCode, y: i32, edge: i32) -> Vec<u8> {
    let module = |pixel: i32| pixel / MODULE_PIXELS - BORDER_MODULES;
    let is_light = |x: i32| !code.get_module(module(x), module(y));
    let mut row = vec![0];
    for start in (0..edge).step_by(8) {
        let bits = (start..start + 8).map(|x| u8::from(x < edge && is_light(x)));
        row.push(bits.fold(0, |byte, bit| byte << 1 | bit));
    }
    row
}

fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let start = png.len();
    png.extend(name);
    png.extend(data);
    let sum = crc32fast::hash(png.get(start..).unwrap_or_default());
    png.extend(sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_picture_shows_the_code() {
        let text = "otpauth://totp/phone@ana?secret=ABCDEFGH";
        let png = png(text).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let edge = (code.size() + 2 * BORDER_MODULES) * MODULE_PIXELS;
        assert_eq!(png[16..20], edge.to_be_bytes());
        let length = u32::from_be_bytes(png[33..37].try_into().unwrap()) as usize;
        assert_eq!(&png[37..41], b"IDAT");
        let mut pixels = Vec::new();
        flate2::read::ZlibDecoder::new(&png[41..41 + length]).read_to_end(&mut pixels).unwrap();
        let bytes_per_row = 1 + (edge as usize).div_ceil(8);
        assert_eq!(pixels.len(), bytes_per_row * edge as usize);
        for (x, y) in (0..code.size()).flat_map(|x| (0..code.size()).map(move |y| (x, y))) {
            let pixel = |at: i32| ((at + BORDER_MODULES) * MODULE_PIXELS) as usize;
            let byte = pixels[pixel(y) * bytes_per_row + 1 + pixel(x) / 8];
            let is_dark = byte >> (7 - pixel(x) % 8) & 1 == 0;
            assert_eq!(is_dark, code.get_module(x, y), "{x} {y}");
        }
    }
}
