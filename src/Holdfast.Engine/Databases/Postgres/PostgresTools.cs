using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// Finds PostgreSQL's own programs. Those of the server's major version are wanted: older ones refuse the server, and newer ones write archives that its
/// own pg_restore cannot read.
/// </summary>
/// <param name="folders">Where each major version has a folder with its programs, <c>{0}</c> standing for its number.</param>
/// <param name="clock">The clock of the time they may take to tell their version.</param>
public sealed class PostgresTools(IReadOnlyList<string> folders, TimeProvider clock)
{
    /// <summary>The newest major version that is looked for; there is one a year, and this is far ahead.</summary>
    private const int Newest = 40;

    private const int Oldest = 10;

    private static readonly TimeSpan _answerTime = TimeSpan.FromSeconds(10);

    /// <summary>Debian and Ubuntu; Red Hat and its relatives with PostgreSQL's own packages.</summary>
    public static IReadOnlyList<string> SystemFolders { get; } = ["/usr/lib/postgresql/{0}/bin", "/usr/pgsql-{0}/bin"];

    /// <summary>The programs of this machine.</summary>
    public static PostgresTools OfSystem(TimeProvider clock) => new(SystemFolders, clock);

    /// <summary>The program for a server: that of its own version, else the nearest newer one, else one in PATH that is not older.</summary>
    /// <param name="program">Such as <c>pg_dump</c>.</param>
    /// <param name="major">The server's major version.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="HoldfastException">NotFound: there is none, or only older ones.</exception>
    public async Task<FilePath> RequireAsync(string program, int major, CancellationToken cancellationToken)
    {
        var installed = Installed(program).ToList();
        if (installed.Where(found => found.Major >= major).OrderBy(found => found.Major).FirstOrDefault() is { Path: { } path }) return path;
        var newest = installed.Count > 0 ? installed.Max(found => (int?)found.Major) : null;
        if (ProgramSearch.Find(program, FilePath.Root) is { } other && await MajorAsync(other, cancellationToken).ConfigureAwait(false) is { } its)
        {
            if (its >= major) return other;
            newest = Math.Max(its, newest ?? its);
        }

        throw new HoldfastException(
            FailureKind.NotFound,
            newest is null
                ? $"there is no {program} of PostgreSQL {major} on this machine"
                : $"the server is PostgreSQL {major}, and the newest {program} on this machine is of PostgreSQL {newest}, which cannot read it",
            $"install the programs of its version: apt install postgresql-client-{major}");
    }

    /// <summary>As <see cref="RequireAsync"/>, but of this major version and no other: for programs that work on data directories.</summary>
    /// <exception cref="HoldfastException">NotFound: it is not installed.</exception>
    public FilePath RequireExactly(string program, int major) =>
        Installed(program).FirstOrDefault(found => found.Major == major).Path ?? throw new HoldfastException(
            FailureKind.NotFound,
            $"there is no {program} of PostgreSQL {major} on this machine, and no other version can take its place",
            $"install it: apt install postgresql-{major}");

    private IEnumerable<(int Major, FilePath? Path)> Installed(string program) =>
        from major in Enumerable.Range(Oldest, Newest - Oldest + 1)
        from folder in folders
        let path = ProgramSearch.Find(string.Format(CultureInfo.InvariantCulture, CompositeFormat.Parse(folder), major) + "/" + program, FilePath.Root)
        where path is not null
        select (major, path);

    /// <summary>The major version of a program; null when it does not say.</summary>
    internal async Task<int?> MajorAsync(FilePath program, CancellationToken cancellationToken)
    {
        var answer = await new ChildProcess(clock).RunAsync(
            new ChildProcessOptions { Program = program.ToString(), Arguments = ["--version"], Timeout = _answerTime }, cancellationToken).ConfigureAwait(false);
        return answer.ExitCode == 0 ? PostgresVersion.MajorOf(answer.OutputText) : null;
    }
}
