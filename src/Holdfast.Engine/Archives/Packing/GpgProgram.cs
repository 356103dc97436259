using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>The gpg program of this machine.</summary>
public static class GpgProgram
{
    /// <summary>Its file.</summary>
    /// <exception cref="HoldfastException">NotFound: it is not installed.</exception>
    public static FilePath Require() => ProgramSearch.Find("gpg", FilePath.Root) ?? throw new HoldfastException(
        FailureKind.NotFound, "gpg is not installed, and the archive is encrypted with it", "install it: apt install gnupg");
}
