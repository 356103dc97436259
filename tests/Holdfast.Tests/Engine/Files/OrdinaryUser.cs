using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Holdfast.Engine.Files;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Files;

/// <summary>
/// Runs code with the file rights of "nobody", on a thread of its own (setfsuid(2)), so that root's tests see refusals too.
/// </summary>
internal static partial class OrdinaryUser
{
    private const uint Nobody = 65534;

    /// <summary>A directory in <paramref name="parent"/> that belongs to that user.</summary>
    public static FilePath CreateHome(TempDirectory parent)
    {
        RealComponent.RequireRoot("act as another user");
        File.SetUnixFileMode(parent.Path, (UnixFileMode)0x1ED);
        var home = FilePath.From(parent.CreateDirectory("home"));
        Assert.Equal(0, LibC.ChangeOwner(home.Terminated, Nobody, Nobody));
        return home;
    }

    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                // Both return the number before, never an error.
                _ = SetGroup(Nobody);
                _ = SetUser(Nobody);
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc.so.6", EntryPoint = "setfsuid")]
    private static partial int SetUser(uint id);

    [LibraryImport("libc.so.6", EntryPoint = "setfsgid")]
    private static partial int SetGroup(uint id);
}
