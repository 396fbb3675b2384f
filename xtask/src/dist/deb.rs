//! A Debian package, written without Debian's tools: an `ar` archive of three members, two of them tar archives.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Release;
use super::archive::{Entry, PROGRAM, TEXT, tar_gz};

/// Who answers for the package.
const MAINTAINER: &str = "The Tessera authors <maintainers@tessera.invalid>";
/// The packaging's own revision.
const REVISION: u32 = 1;

/// Debian's name of a platform, where there is one that packages are made for.
pub(super) fn architecture(target: &str) -> Option<&'static str> {
    match target {
        "x86_64-unknown-linux-gnu" => Some("amd64"),
        "aarch64-unknown-linux-gnu" => Some("arm64"),
        _ => None,
    }
}

/// Writes the package into the folder.
pub(super) fn write(
    root: &Path,
    release: &Release,
    architecture: &str,
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    let data = data(root, release)?;
    let control = control(root, release, architecture, &data)?;
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", tar_gz(&control, release.at)?),
        ("data.tar.gz", tar_gz(&data, release.at)?),
    ];
    let mut package = ar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = ar::Header::new(name.as_bytes().to_vec(), content.len() as u64);
        header.set_mode(0o100_644);
        header.set_mtime(release.at);
        package.append(&header, content.as_slice())?;
    }
    let path = folder.join(format!(
        "tessera_{}-{REVISION}_{architecture}.deb",
        release.version
    ));
    fs::write(&path, package.into_inner()?)?;
    Ok(path)
}

/// What is installed, from `./` on.
fn data(root: &Path, release: &Release) -> anyhow::Result<Vec<Entry>> {
    let packaging = root.join("packaging");
    let (deb, doc) = (packaging.join("deb"), "usr/share/doc/tessera");
    let mut entries = vec![
        Entry::file("etc/tessera/tessera.toml", &deb.join("tessera.toml"), TEXT)?,
        Entry::file("usr/bin/tessera", &release.program, PROGRAM)?,
        Entry::made(
            "usr/sbin/tessera-admin",
            in_place(&packaging.join("systemd/tessera-admin"))?,
            PROGRAM,
        ),
        Entry::file(
            "usr/lib/sysusers.d/tessera.conf",
            &deb.join("sysusers.conf"),
            TEXT,
        )?,
        Entry::file(format!("{doc}/README.md"), &root.join("README.md"), TEXT)?,
        Entry::file(format!("{doc}/copyright"), &deb.join("copyright"), TEXT)?,
        Entry::file(format!("{doc}/changelog"), &root.join("CHANGELOG.md"), TEXT)?.packed()?,
        Entry::made(format!("{doc}/changelog.Debian"), changelog(release), TEXT).packed()?,
    ];
    for unit in [
        "tessera.service",
        "tessera-backup.service",
        "tessera-backup.timer",
    ] {
        let text = in_place(&packaging.join("systemd").join(unit))?;
        entries.push(Entry::made(format!("usr/lib/systemd/system/{unit}"), text, TEXT));
    }
    if let Some(papers) = &release.papers {
        for (file, place) in [
            ("tessera", "usr/share/bash-completion/completions/tessera"),
            ("tessera.fish", "usr/share/fish/vendor_completions.d/tessera.fish"),
            ("_tessera", "usr/share/zsh/vendor-completions/_tessera"),
        ] {
            entries.push(Entry::file(place, &papers.join(file), TEXT)?);
        }
        for page in super::manual(papers)? {
            let file = page
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            entries.push(Entry::file(format!("usr/share/man/man1/{file}"), &page, TEXT)?.packed()?);
        }
    }
    Ok(entries.into_iter().map(|entry| entry.below(".")).collect())
}

/// A unit or a script, with the places at which a package installs what an operator's own hands put below `/usr/local`.
fn in_place(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text.replace("/usr/local/", "/usr/"))
}

/// What dpkg reads and runs.
fn control(root: &Path, release: &Release, architecture: &str, data: &[Entry]) -> anyhow::Result<Vec<Entry>> {
    let deb = root.join("packaging/deb");
    let sums = data.iter().fold(String::new(), |mut sums, entry| {
        let path = entry.path.trim_start_matches("./");
        let _ = writeln!(sums, "{}  {path}", md5(&entry.content));
        sums
    });
    let mut entries = vec![
        Entry::made("control", fields(release, architecture, data)?, TEXT),
        Entry::made("conffiles", "/etc/tessera/tessera.toml\n", TEXT),
        Entry::made("md5sums", sums, TEXT),
    ];
    for script in ["postinst", "prerm", "postrm"] {
        entries.push(Entry::file(script, &deb.join(script), PROGRAM)?);
    }
    Ok(entries.into_iter().map(|entry| entry.below(".")).collect())
}

fn fields(release: &Release, architecture: &str, data: &[Entry]) -> anyhow::Result<String> {
    let kib: usize = data.iter().map(|entry| entry.content.len().div_ceil(1024)).sum();
    let program = data.iter().find(|entry| entry.path == "./usr/bin/tessera");
    let glibc = newest_glibc(&program.context("the program is packed")?.content);
    Ok(format!(
        "Package: tessera\nVersion: {}-{REVISION}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\n\
         Installed-Size: {kib}\nDepends: libc6 (>= {glibc}), libgcc-s1, adduser\nRecommends: ca-certificates\n\
         Suggests: postgresql\nSection: admin\nPriority: optional\n\
         Description: organization portal for AI assistants, and its agent\n\
         \x20An organization's decisions about AI, carried to every member's machine,\n\
         \x20obeyed there, and proven. This package holds the portal (tessera serve), run\n\
         \x20by systemd, and the agent for members' machines (tessera login, tessera agent).\n",
        release.version
    ))
}

fn changelog(release: &Release) -> String {
    format!(
        "tessera ({}-{REVISION}) unstable; urgency=medium\n\n  * What changed stands in changelog.gz.\n\n -- {MAINTAINER}  {}\n",
        release.version, release.date
    )
}

/// The newest version of glibc that a program asks for, which is written in it.
fn newest_glibc(program: &[u8]) -> String {
    const MARK: &[u8] = b"GLIBC_2.";
    let minor = |at: usize| {
        let digits = program[at + MARK.len()..]
            .iter()
            .take(3)
            .take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    let found = program
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK);
    let newest = found.map(|(at, _)| minor(at)).max().unwrap_or_default();
    format!("2.{}", newest.max(17))
}

/// dpkg still checks installed files by MD5; it guards against accidents, not against anybody.
fn md5(bytes: &[u8]) -> String {
    use md5::{Digest as _, Md5};
    super::hex(&Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn the_newest_glibc_is_found_in_a_program() {
        assert_eq!(newest_glibc(b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0"), "2.34");
        assert_eq!(newest_glibc(b"static"), "2.17");
    }

    #[test]
    fn debians_own_tool_reads_the_package() {
        if !Command::new("dpkg-deb")
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
        {
            return;
        }
        let workspace = Workspace::find().unwrap();
        let folder = std::env::temp_dir().join(format!("tessera-deb-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("program");
        fs::write(&program, b"\x7fELF GLIBC_2.36").unwrap();
        let release = Release {
            version: "1.2.3".to_owned(),
            target: "x86_64-unknown-linux-gnu".to_owned(),
            program,
            papers: None,
            at: 1_795_310_061,
            date: "Sun, 22 Nov 2026 01:14:21 +0000".to_owned(),
        };
        let path = write(workspace.root(), &release, "amd64", &folder).unwrap();
        for entry in data(workspace.root(), &release).unwrap() {
            if entry.path.contains("/systemd/") || entry.path.contains("/sbin/") {
                let text = String::from_utf8_lossy(&entry.content).into_owned();
                assert!(!text.contains("/usr/local/"), "{}: {text}", entry.path);
            }
        }
        let ask = |what: &str| {
            let output = Command::new("dpkg-deb").arg(what).arg(&path).output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            String::from_utf8(output.stdout).unwrap()
        };
        let (fields, listed) = (ask("--info"), ask("--contents"));
        let again = write(workspace.root(), &release, "amd64", &folder).map(|path| fs::read(path).unwrap());
        let first = fs::read(&path).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        for part in [
            "Version: 1.2.3-1",
            "Depends: libc6 (>= 2.36)",
            "postinst",
            "conffiles",
        ] {
            assert!(fields.contains(part), "{part} is not in {fields}");
        }
        for part in [
            "-rwxr-xr-x root/root",
            "./usr/bin/tessera",
            "./usr/lib/systemd/system/tessera.service",
            "./usr/lib/systemd/system/tessera-backup.timer",
            "./usr/sbin/tessera-admin",
            "./etc/tessera/tessera.toml",
            "./usr/share/doc/tessera/copyright",
        ] {
            assert!(listed.contains(part), "{part} is not in {listed}");
        }
        assert_eq!(again.unwrap(), first, "the same files make the same package");
    }
}
