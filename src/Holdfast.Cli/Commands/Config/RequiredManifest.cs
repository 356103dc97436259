using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Config;

/// <summary>The manifest, for commands that are about nothing else.</summary>
internal static class RequiredManifest
{
    /// <exception cref="HoldfastException">Usage: there is none, or it is wrong.</exception>
    internal static LoadedManifest Of(Session session) => session.Manifest ?? throw new HoldfastException(
        FailureKind.Usage,
        $"there is no {ManifestLocation.FileName} in {session.CurrentDirectory.Display} or in a folder above it",
        "write one with 'holdfast init', or name one with --config FILE");
}
