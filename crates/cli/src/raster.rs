//! Pictures as pixels. Nothing of the machine takes part, its fonts least of
//! all, so that a picture has the same bytes everywhere.

use draw::{Anchor, Ink, Paint, Picture, Segment, Shape};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash,
    Transform,
};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// A sheet of pixels in the making.
pub struct Canvas {
    pixels: Pixmap,
    dark: bool,
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Canvas {
    /// A sheet of the ground's colour; `None` where a side is zero or the area
    /// beyond what memory can hold.
    pub fn new(width: u32, height: u32, dark: bool) -> Option<Self> {
        let face =
            |font: &'static [u8]| Face::parse(font, 0).expect("the font is part of this program");
        let mut canvas = Self {
            pixels: Pixmap::new(width, height)?,
            dark,
            regular: face(dejavu::sans::regular()),
            bold: face(dejavu::sans::bold()),
        };
        let ground = canvas.colour(Ink::Ground, 100);
        canvas.pixels.fill(ground);
        Some(canvas)
    }

    /// Paints `picture` with its corner at `(x, y)`, `scale` pixels for each of
    /// its own.
    pub fn picture(&mut self, picture: &Picture, (x, y): (f32, f32), scale: f32) {
        let place = Transform::from_row(scale, 0.0, 0.0, scale, x, y);
        for shape in &picture.shapes {
            self.shape(shape, place);
        }
    }

    /// Writes a line of words that starts at `(x, y)` on its baseline, in
    /// letters of `size` pixels.
    pub fn words(&mut self, text: &str, (x, y): (f32, f32), size: f32, bold: bool, ink: Ink) {
        let path = self.outlines(text, (x, y), size, bold);
        self.fill(path, ink, 100, Transform::identity());
    }

    /// How wide a line of words is, in pixels.
    pub fn width(&self, text: &str, size: f32, bold: bool) -> f32 {
        let face = self.face(bold);
        let units: u32 = text.chars().map(|c| advance(face, glyph(face, c))).sum();
        units as f32 * size / f32::from(face.units_per_em())
    }

    /// The sheet as a PNG file. Nothing shows through the ground, so it has
    /// three channels; rows of one colour are smallest as they are, unfiltered.
    ///
    /// # Errors
    /// Where the file cannot be encoded, in words.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.pixels.width(), self.pixels.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        let pixels = self.pixels.pixels().iter();
        let rgb: Vec<u8> = pixels
            .flat_map(|it| [it.red(), it.green(), it.blue()])
            .collect();
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer
            .write_image_data(&rgb)
            .map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())?;
        Ok(file)
    }

    fn face(&self, bold: bool) -> &Face<'static> {
        if bold { &self.bold } else { &self.regular }
    }

    /// An ink, `opacity` hundredths solid.
    fn colour(&self, ink: Ink, opacity: u8) -> Color {
        let hex = ink.colour(self.dark).trim_start_matches('#');
        let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("inks are #rrggbb");
        let mut colour = Color::from_rgba8(part(0), part(2), part(4), 255);
        colour.apply_opacity(f32::from(opacity) / 100.0);
        colour
    }

    fn shape(&mut self, shape: &Shape, place: Transform) {
        match shape {
            Shape::Rect {
                x,
                y,
                w,
                h,
                r,
                paint,
                ..
            } => {
                self.paint(rectangle(*x, *y, *w, *h, *r), *paint, place);
            }
            Shape::Path {
                segments, paint, ..
            } => self.paint(lines(segments), *paint, place),
            Shape::Circle { x, y, r, paint, .. } => {
                self.paint(PathBuilder::from_circle(*x, *y, *r), *paint, place);
            }
            Shape::Text {
                x,
                y,
                anchor,
                size,
                bold,
                ink,
                text,
                ..
            } => {
                let before = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => self.width(text, size.px(), *bold) / 2.0,
                    Anchor::End => self.width(text, size.px(), *bold),
                };
                let path = self.outlines(text, (x - before, *y), size.px(), *bold);
                self.fill(path, *ink, 100, place);
            }
        }
    }

    fn paint(&mut self, path: Option<Path>, paint: Paint, place: Transform) {
        if let Some(ink) = paint.fill {
            self.fill(path.clone(), ink, paint.opacity, place);
        }
        let (Some(ink), Some(path)) = (paint.stroke, path) else {
            return;
        };
        let stroke = Stroke {
            width: paint.width,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Miter,
            // None where the line is unbroken.
            dash: StrokeDash::new(paint.dash.lengths().to_vec(), 0.0),
            ..Stroke::default()
        };
        let paint = self.solid(ink, paint.opacity);
        self.pixels.stroke_path(&path, &paint, &stroke, place, None);
    }

    fn fill(&mut self, path: Option<Path>, ink: Ink, opacity: u8, place: Transform) {
        let paint = self.solid(ink, opacity);
        if let Some(path) = path {
            self.pixels
                .fill_path(&path, &paint, FillRule::Winding, place, None);
        }
    }

    fn solid(&self, ink: Ink, opacity: u8) -> tiny_skia::Paint<'static> {
        let mut paint = tiny_skia::Paint::default();
        paint.set_color(self.colour(ink, opacity));
        paint
    }

    /// The outlines of a line of words; `None` where there is nothing to see.
    fn outlines(&self, text: &str, (x, y): (f32, f32), size: f32, bold: bool) -> Option<Path> {
        let face = self.face(bold);
        let scale = size / f32::from(face.units_per_em());
        let mut pen = Pen {
            path: PathBuilder::new(),
            x,
            y,
            scale,
        };
        for c in text.chars() {
            let glyph = glyph(face, c);
            face.outline_glyph(glyph, &mut pen);
            pen.x += advance(face, glyph) as f32 * scale;
        }
        pen.path.finish()
    }
}

/// The glyph of a character; the font's empty box where it has none.
fn glyph(face: &Face<'_>, c: char) -> GlyphId {
    face.glyph_index(c).unwrap_or_default()
}

fn advance(face: &Face<'_>, glyph: GlyphId) -> u32 {
    face.glyph_hor_advance(glyph).map_or(0, u32::from)
}

/// Draws glyphs, whose y points up, onto a sheet, whose y points down.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

fn lines(segments: &[Segment]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for segment in segments {
        match *segment {
            Segment::Move(x, y) => path.move_to(x, y),
            Segment::Line(x, y) => path.line_to(x, y),
            Segment::Close => path.close(),
        }
    }
    path.finish()
}

/// An upright rectangle whose corners have the radius `r`.
fn rectangle(x: f32, y: f32, w: f32, h: f32, r: f32) -> Option<Path> {
    let r = r.min(w / 2.0).min(h / 2.0);
    if r <= 0.0 {
        return Some(PathBuilder::from_rect(Rect::from_xywh(x, y, w, h)?));
    }
    let (right, bottom) = (x + w, y + h);
    let mut path = PathBuilder::new();
    path.move_to(x + r, y);
    path.line_to(right - r, y);
    path.quad_to(right, y, right, y + r);
    path.line_to(right, bottom - r);
    path.quad_to(right, bottom, right - r, bottom);
    path.line_to(x + r, bottom);
    path.quad_to(x, bottom, x, bottom - r);
    path.line_to(x, y + r);
    path.quad_to(x, y, x + r, y);
    path.close();
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(paint: Paint, place: (f32, f32)) -> Canvas {
        let mut canvas = Canvas::new(20, 20, false).expect("a small sheet");
        let shape = Shape::Rect {
            x: 2.0,
            y: 2.0,
            w: 4.0,
            h: 4.0,
            r: 0.0,
            paint,
            about: None,
        };
        let picture = Picture {
            width: 10.0,
            height: 10.0,
            shapes: vec![shape],
        };
        canvas.picture(&picture, place, 2.0);
        canvas
    }

    fn colour_at(canvas: &Canvas, x: u32, y: u32) -> String {
        let pixel = canvas.pixels.pixel(x, y).expect("within the sheet");
        format!(
            "#{:02x}{:02x}{:02x}",
            pixel.red(),
            pixel.green(),
            pixel.blue()
        )
    }

    #[test]
    fn shapes_lie_where_they_belong_in_the_colour_of_their_ink() {
        let canvas = painted(Paint::fill(Ink::Broken), (1.0, 0.0));
        assert_eq!(colour_at(&canvas, 4, 5), Ink::Ground.colour(false));
        assert_eq!(colour_at(&canvas, 5, 4), Ink::Broken.colour(false));
        assert_eq!(colour_at(&canvas, 12, 11), Ink::Broken.colour(false));
        assert_eq!(colour_at(&canvas, 13, 11), Ink::Ground.colour(false));
    }

    #[test]
    fn words_are_as_wide_as_pictures_were_laid_out_for() {
        let canvas = Canvas::new(1, 1, false).expect("a small sheet");
        for (text, bold) in [("Worker A", true), ("paused 8 s: does not run", false)] {
            let size = draw::Size::Normal;
            let laid_out = draw::text::width(text, size, bold);
            let painted = canvas.width(text, size.px(), bold);
            assert!(
                (laid_out - painted).abs() < 1.0,
                "{text}: {laid_out} and {painted}"
            );
        }
    }

    #[test]
    fn a_sheet_without_area_is_none() {
        assert!(Canvas::new(0, 10, false).is_none());
    }
}
