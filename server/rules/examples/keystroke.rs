//! Scratch: keys in the largest flow.
use std::time::Instant;
use model::MemoryFiles;
use rules::{Options, Project};
use syntax::Span;
fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap();
    let n: usize = args.next().unwrap().parse().unwrap();
    let mut files = MemoryFiles::default();
    let root = std::path::Path::new(&path).parent().unwrap().parent().unwrap();
    fn walk(p: &std::path::Path, files: &mut MemoryFiles) {
        for e in std::fs::read_dir(p).unwrap() {
            let p = e.unwrap().path();
            if p.is_dir() { walk(&p, files) } else if let Ok(t) = std::fs::read(&p) { files.insert(p.to_string_lossy().as_ref(), t); }
        }
    }
    if args.next().is_some() { walk(root, &mut files); } else { files.insert(path.as_str(), std::fs::read(&path).unwrap()); }
    let mut project = Project::new(Options::default());
    project.load(&files, &[root.to_string_lossy().into_owned()], &|_| {});
    let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let t = Instant::now();
    let id = project.open(&path, text.clone(), false).unwrap();
    eprintln!("open {:?}", t.elapsed());
    let at = text.len()/2;
    let at = at + text[at..].find("@{").unwrap_or(0) + 4;
    let mut times = Vec::new();
    for i in 0..n {
        let s = Span::new(at as u32, at as u32);
        let t = Instant::now();
        if i % 2 == 0 { project.edit(id, Some(s), "x"); } else { project.edit(id, Some(Span::new(at as u32, at as u32 + 1)), ""); }
        let t1 = t.elapsed();
        let other = project.analyse(id);
        times.push((t.elapsed(), t1, other));
    }
    times.sort();
    if n > 0 { eprintln!("median {:?} min {:?} p99 {:?}", times[n/2], times[0], times[n*99/100]); }
    let _ = Options::default();
}
