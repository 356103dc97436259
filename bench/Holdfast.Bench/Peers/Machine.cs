using System.Globalization;
using System.Runtime.InteropServices;
using Holdfast.Engine.Databases.Sqlite;

namespace Holdfast.Bench.Peers;

/// <summary>Where it was measured, as lines for the page.</summary>
internal sealed record Machine(IReadOnlyList<(string What, string Is)> Lines)
{
    public static async Task<Machine> DescribeAsync(PeersOptions options, string sample, TimeProvider clock)
    {
        var work = options.Work;
        var device = await MeasuredProgram.FirstLineAsync("findmnt", "-no", "SOURCE", "-T", work);
        return new(
        [
            ("date", clock.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
            ("CPU", $"{Field("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores{(IsVirtual() ? ", virtual machine" : string.Empty)}"),
            ("memory", $"{Kilobytes("MemTotal") / 1e6:F1} GB"),
            ("system", $"{await MeasuredProgram.FirstLineAsync("uname", "-sr")}, {RuntimeInformation.OSDescription}"),
            ("disk", $"{await DiskAsync(device)}; a sequential write with fsync reaches {await WriteSpeedAsync(sample, work)}"),
            ("restic", await MeasuredProgram.FirstLineAsync("restic", "version") ?? "missing"),
            ("borg", await MeasuredProgram.FirstLineAsync("borg", "--version") ?? "missing"),
            ("Holdfast", await HoldfastAsync(options.Program)),
            ("libraries", $".NET {Environment.Version}, SQLite {SqliteConnections.LibraryVersion}, {await PackagesAsync()}"),
        ]);
    }

    private static async Task<string> HoldfastAsync(string program)
    {
        var directory = Path.GetDirectoryName(program)!;
        var commit = await MeasuredProgram.FirstLineAsync("git", "-C", directory, "rev-parse", "--short", "HEAD");
        return $"{await MeasuredProgram.FirstLineAsync(program, "--version")}, commit {commit ?? "unknown"}";
    }

    private static async Task<string> PackagesAsync()
    {
        var zstd = await MeasuredProgram.FirstLineAsync("dpkg-query", "-W", "-f", "${Version}", "libzstd1");
        var crypto = await MeasuredProgram.FirstLineAsync("dpkg-query", "-W", "-f", "${Version}", "libssl3");
        return $"libzstd {zstd ?? "unknown"}, libcrypto {crypto ?? "unknown"}";
    }

    private static async Task<string> DiskAsync(string? device)
    {
        if (device is null) return "unknown";
        var fileSystem = await MeasuredProgram.FirstLineAsync("findmnt", "-no", "FSTYPE", device);
        var rotates = await MeasuredProgram.FirstLineAsync("lsblk", "-dno", "ROTA", device);
        return $"{device}, {fileSystem ?? "unknown file system"}, {(rotates is "0" ? "not rotating" : "rotating, or a virtual disk that does not say")}";
    }

    private static async Task<string> WriteSpeedAsync(string sample, string work)
    {
        var target = Path.Combine(work, "write-speed");
        var run = new ProgramRun(
            "dd", ["if=" + sample, "of=" + target, "bs=1M", "count=512", "conv=fsync", "status=none"], work, new Dictionary<string, string>(StringComparer.Ordinal));
        WorkFiles.Warm(sample);
        var seconds = (await MeasuredProgram.MeasureAsync(run)).Seconds;
        var speed = new FileInfo(target).Length / seconds / 1e6;
        File.Delete(target);
        return string.Create(CultureInfo.InvariantCulture, $"{speed:F0} MB/s");
    }

    private static bool IsVirtual() => Field("/proc/cpuinfo", "flags").Contains("hypervisor", StringComparison.Ordinal);

    private static double Kilobytes(string name) =>
        double.Parse(Field("/proc/meminfo", name).Split(' ')[0], CultureInfo.InvariantCulture) * 1.024;

    private static string Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
}
