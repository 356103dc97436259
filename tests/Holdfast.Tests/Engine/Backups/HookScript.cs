using Holdfast.Engine.Backups;
using Holdfast.Engine.Manifest;
using Holdfast.Testing;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>A program of an application that writes down how it was called, and does what it is told.</summary>
internal sealed class HookScript
{
    private readonly BackupScene _scene;

    /// <param name="scene">The program lies in its root.</param>
    /// <param name="more">What the program does after writing the call down; <c>$1</c> is how it was called.</param>
    public HookScript(BackupScene scene, string more = "")
    {
        _scene = scene;
        var path = scene.Write("hook", $"#!/bin/sh\necho \"$1 $HOLDFAST_OUTCOME $HOLDFAST_SNAPSHOT\" >> calls\n{more}\n");
        File.SetUnixFileMode(path.ToString(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The calls so far, without blanks at their ends.</summary>
    public IReadOnlyList<string> Calls => File.Exists(_scene.Temp["calls"]) ? [.. File.ReadAllLines(_scene.Temp["calls"]).Select(line => line.Trim())] : [];

    public static BackupDeclaration Everything { get; } = new()
    {
        Before = [["./hook", "before"]],
        After = [["./hook", "after"]],
        Quiesce = new QuiesceDeclaration(["./hook", "pause"], ["./hook", "resume"]),
        Timeout = Conditions.Deadline,
    };

    /// <summary>A backup with hooks.</summary>
    public BackupOptions Options(BackupDeclaration? around = null) => BackupScene.Options(_scene.At("app")) with
    {
        Root = _scene.At("app").Parent,
        Around = around ?? Everything,
    };
}
