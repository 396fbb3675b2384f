# Installs Tessera's agent from {{ origin }} and changes nothing else.
#
# It fetches one file, throws it away unless its SHA-256 is the one that stands here, puts it into
# %LOCALAPPDATA%\Programs\Tessera and that folder into your PATH. Run it again to update.
function Install-TesseraAgent {
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $origin = '{{ origin }}'
    $sums = @{
{%- for line in files %}
        '{{ line.file }}' = '{{ line.sha256 }}'
{%- endfor %}
    }
    $cpu = if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') { 'aarch64' } else { 'x86_64' }
    $file = "tessera-$cpu-pc-windows-msvc.exe"
    # Windows on ARM runs programs for Intel, too.
    if (-not $sums.ContainsKey($file)) { $file = 'tessera-x86_64-pc-windows-msvc.exe' }
    if (-not $sums.ContainsKey($file)) {
        throw "$origin offers no agent for Windows; ask whoever runs it to add one. Nothing was installed."
    }
    $sum = $sums[$file]
    $folder = Join-Path $env:LOCALAPPDATA 'Programs\Tessera'
    New-Item -ItemType Directory -Force -Path $folder | Out-Null
    $work = Join-Path $folder ("install-" + [guid]::NewGuid().ToString('N') + '.exe')
    try {
        Invoke-WebRequest -UseBasicParsing -MaximumRedirection 0 -Uri "$origin/downloads/$sum/$file" -OutFile $work
        $found = (Get-FileHash -Algorithm SHA256 -Path $work).Hash.ToLowerInvariant()
        if ($found -ne $sum) {
            throw "What was fetched is not what $origin said: its SHA-256 is $found instead of $sum. It was thrown away unopened, and nothing was installed."
        }
        $version = & $work --version
        if ($LASTEXITCODE -ne 0) { throw 'The program is whole, but does not run on this machine. Nothing was installed.' }
        Move-Item -Force -Path $work -Destination (Join-Path $folder 'tessera.exe')
    } finally {
        if (Test-Path $work) { Remove-Item -Force $work }
    }
    $path = [Environment]::GetEnvironmentVariable('Path', 'User')
    if (($path -split ';') -notcontains $folder) {
        [Environment]::SetEnvironmentVariable('Path', ($path.TrimEnd(';') + ';' + $folder).TrimStart(';'), 'User')
    }
    $env:Path = "$env:Path;$folder"
    Write-Output "$version is now $folder\tessera.exe"
    Write-Output "Sign this machine in:    tessera login $origin"
    Write-Output "Have the agent run:      tessera agent install --print"
}
Install-TesseraAgent
