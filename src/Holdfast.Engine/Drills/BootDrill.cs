using System.Net;
using System.Net.Sockets;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>
/// Starts the application itself on the restored copy, asks it whether it works, and ends it with all that it started. What shows that it reaches
/// out of the copy, into the place where the real one lives, fails at once.
/// </summary>
internal sealed class BootDrill(BootOptions boot, FilePath scratch, CheckList checks, TimeProvider clock, OperationProgress progress)
{
    private const string CheckName = "boot";
    private const string Subject = "the application itself";
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly FilePath _root = FilePath.From([.. scratch.Combine("restored").Span, .. boot.Root.Span]);

    internal async Task CheckAsync(CancellationToken cancellationToken)
    {
        progress.Begin("starting the application on the restored copy");
        var started = clock.GetTimestamp();
        string? wrong = null;
        string? seen = null;
        try
        {
            seen = await BootAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error)
        {
            wrong = error.Message;
        }

        checks.Add(CheckName, Subject, wrong is null ? [] : [wrong], clock.GetElapsedTime(started), seen);
    }

    /// <summary>What was seen in the end, with the time until then.</summary>
    private async Task<string> BootAsync(CancellationToken cancellationToken)
    {
        RequireOwnRoot();
        var text = new BootText(_root, FreePort());
        var variables = new Dictionary<string, string?>(boot.Environment, StringComparer.Ordinal);
        // What it leaves there goes away with the copy.
        var temporary = scratch.Combine("tmp");
        FileSystem.TryCreateDirectory(temporary, FilePermissions.PrivateDirectory);
        variables["TMPDIR"] = temporary.ToString();
        foreach (var (name, value) in boot.Declaration.Environment) variables[name] = text.Fill(value);
        var surroundings = new ServiceSurroundings { Root = _root, Environment = variables, Log = scratch.Combine("boot.log"), Clock = clock };
        var health = new HealthCheck(text.Fill(boot.Declaration.Health), surroundings);
        if ((await health.AskAsync(cancellationToken).ConfigureAwait(false)).IsGood)
        {
            throw new HoldfastException(
                FailureKind.Failed, "the health question of `drill.boot` is answered before anything was started: it asks the real application, not the copy; use {port}");
        }

        var command = text.Fill(boot.Declaration.Command);
        var started = clock.GetTimestamp();
        await using var process = GuardedProcess.Start(
            new DetachedProcessOptions
            {
                Program = command[0],
                Arguments = [.. command.Skip(1)],
                Environment = variables,
                WorkingDirectory = _root,
                Output = surroundings.Log,
            },
            clock);
        try
        {
            var answer = await health.WaitUntilHealthyAsync(() => Trouble(process, command[0]), cancellationToken).ConfigureAwait(false);
            if (Trouble(process, command[0]) is { } late) throw new HoldfastException(FailureKind.Failed, late);
            var figures = $"healthy after {HumanFormat.Duration(clock.GetElapsedTime(started))} ({answer.Seen})";
            await process.EndAsync(Grace).ConfigureAwait(false);
            return figures;
        }
        catch (HoldfastException error)
        {
            await process.EndAsync(Grace).ConfigureAwait(false);
            throw new HoldfastException(error.Kind, error.Message + Said(surroundings.Log), error.Hint, error);
        }
    }

    // A symbolic link in the snapshot could lead anywhere.
    private void RequireOwnRoot()
    {
        if (FileSystem.TryStatus(_root, followLinks: true) is not { IsDirectory: true })
            throw new HoldfastException(FailureKind.Failed, $"the snapshot does not hold the application's root \"{boot.Root.Display}\"");
        if (!FileSystem.RealPath(_root).IsUnder(FileSystem.RealPath(scratch)))
            throw new HoldfastException(FailureKind.Failed, $"the application's root \"{boot.Root.Display}\" in the snapshot leads out of it");
    }

    private static string Said(FilePath log)
    {
        const int Limit = 1 << 20;
        if (FileSystem.TryStatus(log, followLinks: false) is not { Size: > 0 and < Limit }) return string.Empty;
        var said = OutputTail.Escape(System.Text.Encoding.UTF8.GetString(FileSystem.ReadAllBytes(log, Limit * 2)));
        return said.Length == 0 ? string.Empty : $"; it said: {said}";
    }

    private string? Trouble(GuardedProcess process, string program)
    {
        if (process.TryExitCode() is { } code) return $"\"{PrintableName.Escape(program)}\" ended with exit code {code}";
        var outside = ProcessMark.Bearers(process.Mark).SelectMany(bearer => ProcessTable.FilesWrittenBy(bearer.Id)).FirstOrDefault(IsOfTheRealOne);
        if (outside is null) return null;
        // Not politely: it has no time to write more.
        ProcessMark.End(process.Mark);
        return $"it opened \"{outside.Display}\" of the real application, and was ended: `drill.boot` must lead it to {{root}} for everything, also in configuration files";
    }

    // Programs of the application may be run from where they are; what it keeps there must not be touched.
    private bool IsOfTheRealOne(FilePath path) => !boot.Root.IsRoot && path.IsUnder(boot.Root) && !path.IsUnder(scratch);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
