using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres.Clusters;

/// <summary>Who runs a cluster: PostgreSQL refuses to be root. Whoever is not root runs it themselves.</summary>
public sealed class ClusterAccount
{
    private const uint OwnerEnters = 0x40;
    private const uint GroupEnters = 0x8;
    private const uint AllEnter = 0x1;

    // The account of PostgreSQL may see what is in a database of PostgreSQL anyway, so it comes first.
    private static readonly (string User, string Group)[] _system = [("postgres", "postgres"), ("nobody", "nogroup"), ("nobody", "nobody")];

    private readonly FilePath? _setpriv;
    private readonly uint _user;
    private readonly uint _group;

    private ClusterAccount(string name, FilePath? setpriv, uint user, uint group) => (Name, _setpriv, _user, _group) = (name, setpriv, user, group);

    public string Name { get; }

    /// <exception cref="HoldfastException">Failed: this process is root's, and there is no other account, or no setpriv(1).</exception>
    public static ClusterAccount Find()
    {
        if (!Environment.IsPrivilegedProcess) return new ClusterAccount(Environment.UserName, null, 0, 0);
        var setpriv = ProgramSearch.Find("setpriv", FilePath.Root)
            ?? throw Impossible("there is no setpriv to do that with", "install it: apt install util-linux");
        var owners = new OwnerNumbers();
        foreach (var (user, group) in _system)
        {
            if (owners.User(user) is { } userNumber and > 0 && owners.Group(group) is { } groupNumber) return new ClusterAccount(user, setpriv, userNumber, groupNumber);
        }

        throw Impossible("there is neither an account postgres nor nobody", "run the command as another user than root");
    }

    /// <summary>A program and its arguments so that it runs as the account and cannot become anybody else.</summary>
    public IReadOnlyList<string> CommandLine(FilePath program, IEnumerable<string> arguments) => _setpriv is null
        ? [program.ToString(), .. arguments]
        : [_setpriv.ToString(), $"--reuid={Number(_user)}", $"--regid={Number(_group)}", "--clear-groups", "--no-new-privs", program.ToString(), .. arguments];

    /// <summary>Gives it a folder.</summary>
    internal void Take(FilePath folder)
    {
        if (_setpriv is not null) FileSystem.SetOwner(folder, _user, _group);
    }

    /// <summary>
    /// Gives it a folder with all that is in it, which it cannot get to before: so it can put nothing in the way meanwhile. Symbolic links are not followed.
    /// </summary>
    internal void TakeTree(FilePath folder)
    {
        if (_setpriv is null) return;
        foreach (var entry in DirectoryListing.Read(folder))
        {
            var path = folder.Combine(entry.Name);
            if (FileSystem.Status(path, followLinks: false).IsDirectory) TakeTree(path);
            else Take(path);
        }

        Take(folder);
    }

    /// <summary>It gets into a folder, through all that are above it.</summary>
    public bool CanEnter(FilePath folder)
    {
        if (_setpriv is null) return true;
        if (FileSystem.TryStatus(folder, followLinks: true) is not { IsDirectory: true }) return false;
        for (var place = FileSystem.RealPath(folder); place is not null; place = place.Parent)
        {
            var status = FileSystem.Status(place, followLinks: true);
            var wanted = status.Uid == _user ? OwnerEnters : status.Gid == _group ? GroupEnters : AllEnter;
            if ((status.Mode & wanted) == 0) return false;
        }

        return true;
    }

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static HoldfastException Impossible(string why, string hint) =>
        new(FailureKind.Failed, $"PostgreSQL refuses to run as root, so that another account must run it, and {why}", hint);
}
