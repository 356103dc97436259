using Xunit;

namespace Holdfast.Tests.Architecture;

/// <summary>Holds the dependency rules of the house over the compiled types.</summary>
public sealed class ArchitectureTests
{
    private static readonly IReadOnlyDictionary<TypeName, IReadOnlySet<TypeName>> Restic = Read("Holdfast.Restic");
    private static readonly IReadOnlyDictionary<TypeName, IReadOnlySet<TypeName>> Engine = Read("Holdfast.Engine");
    private static readonly IReadOnlyDictionary<TypeName, IReadOnlySet<TypeName>> Cli = Read("holdfast");

    [Fact]
    public void Projects_refer_downward_only()
    {
        AssertNone(Uses(Restic, type => type.Assembly is "Holdfast.Engine" or "holdfast"));
        AssertNone(Uses(Engine, type => type.Assembly is "holdfast"));
    }

    [Fact]
    public void Rooms_of_the_format_refer_downward_only() => AssertNone(Rooms.OfRestic.Violations(Restic));

    [Fact]
    public void Rooms_of_the_engine_refer_downward_only() => AssertNone(Rooms.OfEngine.Violations(Engine));

    [Fact]
    public void Only_the_sqlite_room_names_a_database_library() =>
        AssertNone(Uses(
            Restic.Concat(Engine).Concat(Cli),
            type => InAnyOf(type, "Microsoft.Data.Sqlite", "SQLitePCL"),
            "Holdfast.Engine.Databases.Sqlite"));

    [Fact]
    public void Only_the_postgres_room_names_its_library() =>
        AssertNone(Uses(Restic.Concat(Engine).Concat(Cli), type => InAnyOf(type, "Npgsql", "NpgsqlTypes"), "Holdfast.Engine.Databases.Postgres"));

    [Fact]
    public void Only_the_ground_touches_files_and_processes() =>
        AssertNone(Uses(
            Restic.Concat(Engine).Concat(Cli),
            type => type.ToString() is "System.IO.File" or "System.IO.Directory" or "System.IO.FileInfo" or "System.IO.DirectoryInfo"
                or "System.Diagnostics.Process",
            "Holdfast.Engine.Files",
            "Holdfast.Engine.Processes",
            "Holdfast.Restic.Backends.Local",
            "Holdfast.Restic.Backends.Sftp.SshProcess"));

    [Fact]
    public void The_scanner_sees_into_signatures_and_method_bodies()
    {
        var own = CompiledReferences.Read(typeof(ArchitectureTests).Assembly.Location);
        var used = own[own.Keys.Single(type => type.Name == nameof(ScannerSpecimen))].Select(type => type.ToString()).ToHashSet();

        Assert.Contains("System.IO.FileInfo", used); // a parameter
        Assert.Contains("System.Net.Http.HttpClient", used); // a generic argument of a field
        Assert.Contains("System.IO.Directory", used); // a call in a method
        Assert.Contains("System.Net.Sockets.Socket", used); // a local in a lambda of an iterator
        Assert.Contains("System.TimeZoneInfo", used); // typeof
        Assert.Contains("System.Net.CookieContainer", used); // after a jump table
        Assert.Contains("System.Net.Mail.SmtpException", used); // a catch clause of an asynchronous method
        Assert.DoesNotContain("System.IO.File", used);
    }

    [Fact]
    public void The_scanner_sees_the_references_of_this_project() =>
        Assert.Contains(
            Uses(Restic, type => type.ToString() == "System.IO.File"),
            use => use.StartsWith("Holdfast.Restic.Backends.Local.", StringComparison.Ordinal));

    [Fact]
    public void A_room_that_is_not_in_the_table_and_an_upward_reference_are_found()
    {
        var format = new TypeName("Holdfast.Restic", "Holdfast.Restic.Format", "A");
        var deeper = new TypeName("Holdfast.Restic", "Holdfast.Restic.Packs.Headers", "B");
        var unlisted = new TypeName("Holdfast.Restic", "Holdfast.Restic.Attic", "C");
        var references = new Dictionary<TypeName, IReadOnlySet<TypeName>>
        {
            [format] = new HashSet<TypeName> { deeper },
            [deeper] = new HashSet<TypeName> { format },
            [unlisted] = new HashSet<TypeName>(),
        };

        var violations = Rooms.OfRestic.Violations(references);

        Assert.Equal(2, violations.Count);
        Assert.Contains("Attic", violations[0], StringComparison.Ordinal);
        Assert.Contains("Holdfast.Restic.Format.A (Format) refers to Holdfast.Restic.Packs.Headers.B", violations[1], StringComparison.Ordinal);
    }

    // Unlike Assert.Empty, this names them all.
    private static void AssertNone(IReadOnlyCollection<string> violations)
    {
        if (violations.Count > 0) Assert.Fail(string.Join('\n', violations));
    }

    private static IReadOnlyDictionary<TypeName, IReadOnlySet<TypeName>> Read(string assembly) =>
        CompiledReferences.Read(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));

    private static List<string> Uses(
        IEnumerable<KeyValuePair<TypeName, IReadOnlySet<TypeName>>> references, Func<TypeName, bool> isForbidden, params string[] exceptIn) =>
        references
            .Where(pair => !InAnyOf(pair.Key, exceptIn))
            .SelectMany(pair => pair.Value.Where(isForbidden).Select(type => $"{pair.Key} refers to {type}"))
            .Order(StringComparer.Ordinal)
            .ToList();

    private static bool InAnyOf(TypeName type, params string[] places) =>
        places.Any(name => type.ToString() == name || type.Namespace == name || type.Namespace.StartsWith(name + ".", StringComparison.Ordinal));
}
