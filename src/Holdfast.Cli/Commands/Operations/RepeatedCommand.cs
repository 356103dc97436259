using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Commands.Backups;
using Holdfast.Cli.Commands.Databases;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Commands.Repositories;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;

namespace Holdfast.Cli.Commands.Operations;

/// <summary>The command that does again what an interrupted operation was asked for.</summary>
internal sealed class RepeatedCommand
{
    private readonly ISessionCommand _command;
    private readonly JobRequest _request;
    private readonly IReadOnlyList<string> _options;
    private readonly IReadOnlyList<string> _operands;

    private RepeatedCommand(ISessionCommand command, JobRequest request, IEnumerable<string> operands, IEnumerable<string> options) =>
        (_command, _request, _operands, _options) = (command, request, [.. operands], [.. options]);

    /// <summary>Null when the journal does not say enough of it.</summary>
    internal static RepeatedCommand? Of(Operation operation) => JobRequest.Of(operation) switch
    {
        BackupRequest backup => Of(backup),
        DrillRequest drill => new RepeatedCommand(
            new DrillCommand(), drill, [drill.Snapshot], [.. Flag("--boot", drill.Boot), .. Option("--scratch", drill.Scratch), .. Flag("--no-lock", drill.NoLock)]),
        CheckRequest check => new RepeatedCommand(
            new CheckCommand(), check, [], [.. Flag("--read-data", check.ReadData), .. Option("--read-data-subset", check.Subset), .. Option("--read-data-within", check.Within)]),
        ExportRequest export => new RepeatedCommand(
            new ExportCommand(),
            export,
            [export.Snapshot],
            [.. Option("--output", export.File), .. Option("--database", export.Database), .. Flag("--force", export.Overwrite), .. Flag("--no-lock", export.NoLock)]),
        ImportRequest import => new RepeatedCommand(
            new ImportCommand(),
            import,
            [import.File.ToString()],
            [.. Option("--database", import.Database), .. Flag("--trust-links", import.TrustLinks), .. Flag("--trust-paths", import.TrustPaths), .. Flag("--any-application", import.AnyApplication)]),
        VerifyRequest verify => new RepeatedCommand(new VerifyCommand(), verify, [verify.File.ToString()], Flag("--trust-links", verify.TrustLinks)),
        PruneRequest prune => new RepeatedCommand(new PruneCommand(), prune, [], OptionsOf(prune)),
        RepairRequest { Part: "index" } repair => new RepeatedCommand(new RepairIndexCommand(), repair, [], Flag("--read-all-packs", repair.ReadAllPacks)) { Group = "repair" },
        RepairRequest { Part: "packs" } repair => new RepeatedCommand(new RepairPacksCommand(), repair, repair.Ids, []) { Group = "repair" },
        RepairRequest { Part: "snapshots" } repair =>
            new RepeatedCommand(new RepairSnapshotsCommand(), repair, repair.Ids, Flag("--forget", repair.Forget)) { Group = "repair" },
        CopyRequest copy => new RepeatedCommand(new CopyCommand(), copy, copy.Ids, OptionsOf(copy)),
        DatabaseRestoreRequest restore => new RepeatedCommand(
            new DbRestoreCommand(), restore, new[] { restore.Snapshot, restore.Database }.OfType<string>(), OptionsOf(restore)) { Group = "db" },
        _ => null,
    };

    private static RepeatedCommand Of(BackupRequest backup) => new(new BackupCommand(), backup, backup.Paths, OptionsOf(backup));

    /// <summary>What the command's name comes after; null for nothing.</summary>
    private string? Group { get; init; }

    /// <summary>As a person types it in a shell, in the folder that it was given in.</summary>
    public override string ToString()
    {
        IEnumerable<string> where = _request.Manifest is { } manifest ? ["--config", manifest.ToString()] : _request.Repository is { } repository ? ["--repository", repository.ToString()] : [];
        return string.Join(' ', new[] { "holdfast", Group, _command.Describe().Name }.OfType<string>().Concat(Words).Concat(where).Select(Quote));
    }

    /// <summary>What comes after the command's name.</summary>
    internal IReadOnlyList<string> Words => [.. _operands, .. _options];

    /// <summary>As the command understands them.</summary>
    internal ParseResult Parse() => _command.Describe().Parse(Words, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <returns>The exit code.</returns>
    /// <param name="session">Of the application that the operation was of.</param>
    /// <param name="wait">How long to wait for others at the application, where the command does; null for as long as it does by itself.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal Task<int> RunAsync(Session session, TimeSpan? wait, CancellationToken cancellationToken)
    {
        var again = wait is { } time && _request is BackupRequest backup ? Of(backup with { WaitSeconds = time.TotalSeconds }) : this;
        return _command.RunAsync(session, again.Parse(), cancellationToken);
    }

    private static IEnumerable<string> OptionsOf(BackupRequest backup) =>
    [
        .. backup.Exclude.SelectMany(pattern => Option("--exclude", pattern)),
        .. backup.Tags.SelectMany(tag => Option("--tag", tag)),
        .. Flag("--force", backup.Force),
        .. Flag("--drill", backup.Drill == BackupDrillMode.Always),
        .. Flag("--no-drill", backup.Drill == BackupDrillMode.Never),
        .. Option("--output", backup.Output),
        .. Option("--database", backup.Database),
        .. Flag("--overwrite", backup.Overwrite),
        .. Option("--wait", backup.WaitSeconds?.ToString(CultureInfo.InvariantCulture)),
    ];

    private static IEnumerable<string> OptionsOf(PruneRequest prune) =>
    [
        .. Option("--max-unused", prune.MaximumUnused),
        .. Option("--max-repack-size", prune.MaximumRepack),
        .. Flag("--repack-cacheable-only", prune.OnlyTrees),
        .. Flag("--repack-small", prune.JoinSmall),
        .. Flag("--repack-uncompressed", prune.Compress),
        .. Flag("--no-snapshots", prune.NoSnapshots),
        .. Flag("--remove-proven", prune.RemovesProven),
    ];

    private static IEnumerable<string> OptionsOf(CopyRequest copy) =>
    [
        .. Option("--to", copy.To.Text),
        .. Option("--to-passphrase-file", copy.PassphraseFile),
        .. Option("--before", copy.Before),
        .. Flag("--proven", copy.Proven),
        .. Option("--application", copy.Application),
        .. copy.Hosts.SelectMany(host => Option("--host", host)),
        .. copy.Tags.SelectMany(tag => Option("--tag", tag)),
        .. copy.Paths.SelectMany(path => Option("--path", path)),
        .. Flag("--no-lock", copy.NoLock),
    ];

    // Who had it done has agreed already.
    private static IEnumerable<string> OptionsOf(DatabaseRestoreRequest restore) =>
    [
        .. Option("--input", restore.Input),
        .. Option("--server", restore.Server),
        .. Option("--as", restore.As),
        .. restore.Schemas.SelectMany(schema => Option("--schema", schema)),
        .. restore.Tables.SelectMany(table => Option("--table", table)),
        .. Option("--owner", restore.Owner),
        .. Flag("--no-privileges", restore.NoPrivileges),
        .. Flag("--end-connections", restore.EndConnections),
        .. Flag("--drop-old", restore.DropOld),
        "--yes",
    ];

    private static string[] Option(string name, string? value) => value is null ? [] : [name, value];

    private static string[] Flag(string name, bool isSet) => isSet ? [name] : [];

    private static string Quote(string word)
    {
        if (word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "_./=:,+-%@".Contains(letter, StringComparison.Ordinal))) return word;
        var quoted = $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
        // What is no text for a terminal is shown, and cannot be typed.
        return IsHarmless(word) ? quoted : PrintableName.Escape(quoted);
    }

    private static bool IsHarmless(string word) =>
        PrintableName.Escape(word) == word.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
