using System.Text;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Secrets;

public sealed class SystemSecretsTests
{
    private static readonly PassphraseReader _reader = SystemSecrets.Reader(TimeProvider.System);

    [Fact]
    public async Task Reads_a_real_file_and_notices_its_mode()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "secret\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);

            var reading = await _reader.ReadAsync(new PassphraseSource.SecretFile(path), TestContext.Current.CancellationToken);

            Assert.Equal("secret", Encoding.UTF8.GetString(reading.Passphrase.Bytes));
            Assert.Single(reading.Notices);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("/nowhere/at/all")]
    [InlineData("/")]
    public async Task A_file_that_is_not_there_is_wrong_usage(string path)
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(
            () => _reader.ReadAsync(new PassphraseSource.SecretFile(path), TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.Usage, failure.Kind);
    }

    [Fact]
    public async Task Runs_a_real_command_without_a_shell()
    {
        var reading = await _reader.ReadAsync(new PassphraseSource.Command(["echo", "$HOME;*"]), TestContext.Current.CancellationToken);

        Assert.Equal("$HOME;*", Encoding.UTF8.GetString(reading.Passphrase.Bytes));
    }

    [Theory]
    [InlineData("exit 3", "exit code 3")]
    [InlineData("exec cat /dev/zero | head -c 100000", "more than a passphrase")]
    public async Task A_command_that_misbehaves_is_a_failure(string script, string message)
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(
            () => _reader.ReadAsync(
                new PassphraseSource.Command(["sh", "-c", "echo sorry >&2; " + script]), TestContext.Current.CancellationToken));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sorry", failure.ToString(), StringComparison.Ordinal);
    }
}
