using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Archives.Importing;

/// <summary>Which snapshot a verified archive becomes: its time, paths and record, mapped to where this application is.</summary>
internal sealed record ImportPlan
{
    public required Timestamp Time { get; init; }

    public required IReadOnlyList<FilePath> Paths { get; init; }

    public required SnapshotRecord Record { get; init; }

    public required string? Host { get; init; }

    public required string? User { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>From the archive's path to this application's.</summary>
    public required Func<FilePath, FilePath> Map { get; init; }

    /// <summary>What <see cref="Map"/> changes, in a sentence; null for nothing.</summary>
    public string? Moved { get; init; }

    /// <exception cref="HoldfastException">Usage: an archive of another application, or nobody says which database it is.</exception>
    internal static ImportPlan Of(VerifiedArchive archive, ArchiveImportOptions options) =>
        archive.Manifest is { } manifest ? OfTar(manifest, options) : OfDatabase(archive, options);

    private static ImportPlan OfTar(ArchiveManifest manifest, ArchiveImportOptions options)
    {
        if (options.Application is { } here && manifest.Application is { } there && here != there && !options.AnyApplication)
        {
            throw new HoldfastException(
                FailureKind.Usage,
                $"the archive is of the application {Quoted.Text(there)}, and this one is {Quoted.Text(here)}",
                "go to the folder of that application; or give --any-application if it is the same under another name");
        }

        var from = OldRoot(manifest);
        var to = from is not null && options.Root is { } root && root != from ? root : null;
        var map = Mapping(from, to);
        var record = manifest.Record ?? new SnapshotRecord { Program = manifest.Program };
        return new ImportPlan
        {
            Time = Timestamp.Parse(manifest.Time),
            Paths = [.. manifest.Paths.Select(path => map(FilePath.From(path)))],
            Record = record with
            {
                Application = options.Application ?? record.Application,
                Manifest = MapText(record.Manifest, map),
                Root = MapText(record.Root, map),
                Groups = record.Groups.ToDictionary(
                    group => group.Key, group => (IReadOnlyList<string>)[.. group.Value.Select(path => MapText(path, map)!)], StringComparer.Ordinal),
                Databases = [.. record.Databases.Select(database => database with { Path = MapText(database.Path, map)! })],
            },
            Host = manifest.Host,
            User = manifest.User,
            Tags = TagsOf(options.Application ?? manifest.Application, manifest.Tags),
            Map = map,
            Moved = to is null ? null : $"what was in \"{from!.Display}\" goes to \"{to.Display}\"",
        };
    }

    private static ImportPlan OfDatabase(VerifiedArchive archive, ArchiveImportOptions options)
    {
        var database = archive.Databases[0];
        var declared = Choose(database, options);
        var path = FilePath.From(declared.Path);
        return new ImportPlan
        {
            Time = Timestamp.FromDateTimeOffset(archive.Created),
            Paths = [path],
            Record = new SnapshotRecord
            {
                Program = options.Program,
                Application = options.Application,
                Root = options.Root?.ToString(),
                Databases =
                [
                    new DatabaseRecord
                    {
                        Name = declared.Name,
                        Kind = DatabaseRecord.SqliteKind,
                        Path = declared.Path,
                        At = archive.Created,
                        Tables = database.Tables,
                        ExpectTables = declared.ExpectTables,
                        Assertions = declared.Assertions,
                        Sqlite = new SqliteRecord
                        {
                            JournalMode = database.UsesWal ? "wal" : "rollback",
                            PageSize = database.PageSize,
                            Pages = database.Bytes / database.PageSize,
                        },
                    },
                ],
            },
            Host = null,
            User = null,
            Tags = TagsOf(options.Application, []),
            Map = same => same,
        };
    }

    /// <summary>Which declared database the only one of an archive is; without a manifest, the one that the sidecar names.</summary>
    internal static DatabaseDeclaration Choose(VerifiedDatabase database, ArchiveImportOptions options)
    {
        var names = string.Join(", ", options.Databases.Select(declared => Quoted.Text(declared.Name)));
        if (options.Database is { } name)
        {
            var named = options.Databases.FirstOrDefault(declared => declared.Name == name) ?? throw new HoldfastException(
                FailureKind.Usage, $"the manifest has no database {Quoted.Text(name)}", names.Length > 0 ? $"it has {names}" : "write a holdfast.yaml with `holdfast init`");
            if (options.Databases.FirstOrDefault(declared => declared.Path == database.Path) is not { } saved || saved == named) return named;
            throw new HoldfastException(
                FailureKind.Usage,
                $"the archive is of the database {Quoted.Text(saved.Name)}, as its .meta file says, and not of {Quoted.Text(name)}",
                $"give --database {saved.Name}, or leave it out; if it is to replace the other all the same, move the .meta file away");
        }

        if (options.Databases is [var only]) return only;
        if (options.Databases.FirstOrDefault(declared => declared.Path == database.Path) is { } same) return same;
        if (options.Databases.Count > 1)
            throw new HoldfastException(FailureKind.Usage, "the archive holds one database and does not say which of the application's it is", $"say it with --database NAME: {names}");
        // A ".." would lead past whatever was asked for: the text is of whoever made the archive.
        if (database.Path is not ['/', ..] || FilePath.From(database.Path) is var path && FilePath.Absolute(path, FilePath.Root).ToString() != database.Path)
        {
            throw new HoldfastException(
                FailureKind.Usage, "nothing says which database the archive is of", "run it where the application's holdfast.yaml is, and give --database NAME");
        }

        return new DatabaseDeclaration(FilePath.From(path.Name.Span).ToString(), database.Path, [], []);
    }

    private static FilePath? OldRoot(ArchiveManifest manifest) => manifest.Root is { } root
        ? FilePath.From(root)
        : manifest.Record?.Manifest is { } file ? FilePath.From(file).Parent : null;

    private static Func<FilePath, FilePath> Mapping(FilePath? from, FilePath? to)
    {
        if (from is null || to is null) return path => path;
        return path => path.IsUnder(from) ? path.Rebase(from, to) : path;
    }

    private static string? MapText(string? path, Func<FilePath, FilePath> map) => path is null ? null : map(FilePath.From(path)).ToString();

    private static List<string> TagsOf(string? application, IReadOnlyList<string> tags) =>
    [
        .. tags.Where(tag => !tag.StartsWith(ApplicationTag.Of(string.Empty), StringComparison.Ordinal)),
        .. application is null ? (string[])[] : [ApplicationTag.Of(application)],
        ImportedTag.Value,
    ];
}
