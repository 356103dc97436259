using System.Runtime.InteropServices;

namespace Holdfast.Restic.Failures;

/// <summary>
/// A native library that the system must have. Loaded when it is first needed, so that a missing one is told with what to install.
/// </summary>
/// <param name="fileName">Its soname.</param>
/// <param name="name">What people call it.</param>
/// <param name="packages">The Debian package or packages that have it.</param>
internal sealed class SystemLibrary(string fileName, string name, string packages)
{
    private readonly Lazy<bool> _isThere = new(() => NativeLibrary.TryLoad(fileName, out _));

    /// <summary>To be called before the first function of the library.</summary>
    /// <exception cref="HoldfastException">Failed: it is not installed.</exception>
    internal void EnsureLoaded()
    {
        if (!_isThere.Value)
        {
            throw new HoldfastException(
                FailureKind.Failed, $"the library {fileName} ({name}) is not installed", $"install it: apt install {packages}");
        }
    }
}
