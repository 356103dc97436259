using Holdfast.Restic.Compression;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Restic.Failures;

public sealed class SystemLibraryTests
{
    [Fact]
    public void A_library_that_is_missing_is_told_with_the_package_to_install()
    {
        var library = new SystemLibrary("libno-such-library.so.9", "No Such Library", "libnosuch9");

        for (var i = 0; i < 2; i++)
        {
            var error = Failing.Throws(FailureKind.Failed, library.EnsureLoaded);
            Assert.Contains("libno-such-library.so.9", error.Message, StringComparison.Ordinal);
            Assert.Equal("install it: apt install libnosuch9", error.Hint);
        }
    }

    [Fact]
    public void The_libraries_of_this_system_are_found()
    {
        LibCrypto.OfSystem.EnsureLoaded();
        LibZstd.OfSystem.EnsureLoaded();
    }
}
