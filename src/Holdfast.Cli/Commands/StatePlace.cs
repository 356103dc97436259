using Holdfast.Engine.Files;

namespace Holdfast.Cli.Commands;

/// <summary>The folder of the local state: HOLDFAST_STATE, else below the XDG state folder.</summary>
internal static class StatePlace
{
    internal static FilePath Folder()
    {
        if (Session.Variable("HOLDFAST_STATE") is { } given) return FilePath.Absolute(given, FileSystem.CurrentDirectory());
        var home = Session.Variable("XDG_STATE_HOME") ?? Path.Combine(Session.Variable("HOME") ?? "/var/lib", ".local", "state");
        return FilePath.Absolute(Path.Combine(home, "holdfast"), FileSystem.CurrentDirectory());
    }
}
