using System.Text;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Secrets;

public sealed class PassphraseReaderTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData("secret\n\n", "secret\n")]
    [InlineData("se\ncret\n", "se\ncret")]
    [InlineData("secret\r", "secret\r")]
    [InlineData("\uFEFFgrün\n", "grün")]
    public async Task A_file_gives_all_but_one_line_break(string content, string expected)
    {
        using var passphrase = (await ReadFileAsync(content, Private)).Passphrase;

        Assert.Equal(expected, Encoding.UTF8.GetString(passphrase.Bytes));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead, 1)]
    [InlineData(UnixFileMode.OtherRead, 1)]
    [InlineData(UnixFileMode.OtherWrite, 1)]
    [InlineData(UnixFileMode.None, 0)]
    public async Task A_file_open_to_others_is_noticed(UnixFileMode extra, int notices)
    {
        Assert.Equal(notices, (await ReadFileAsync("secret\n", Private | extra)).Notices.Count);
    }

    [Fact]
    public async Task White_space_that_stock_restic_would_drop_is_noticed()
    {
        var reading = await ReadFileAsync(" secret\n", Private);

        Assert.Contains("restic", Assert.Single(reading.Notices), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task An_empty_file_is_refused(string content)
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => ReadFileAsync(content, Private));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains("is empty", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_passphrase_is_refused()
    {
        await Assert.ThrowsAsync<HoldfastException>(() => ReadFileAsync(new string('x', PassphraseReader.LargestSize + 1), Private));
        await Assert.ThrowsAsync<HoldfastException>(() =>
            ReadAsync(new PassphraseSource.SecretFile("/k"), file: new SecretFileContent([0xFF, 0xFE, 65, 0], Private)));
    }

    [Fact]
    public async Task The_content_of_the_file_is_wiped_afterwards()
    {
        var content = "secret\n"u8.ToArray();

        (await ReadAsync(new PassphraseSource.SecretFile("/k"), file: new SecretFileContent(content, Private))).Passphrase.Dispose();

        Assert.All(content, value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task A_variable_is_taken_as_it_is()
    {
        using var passphrase = (await ReadAsync(new PassphraseSource.EnvironmentVariable("KEY"), variable: "secret\n")).Passphrase;

        Assert.Equal("secret\n", Encoding.UTF8.GetString(passphrase.Bytes));
    }

    [Theory]
    [InlineData(null, "is not set")]
    [InlineData("", "is empty")]
    public async Task A_variable_without_a_value_is_refused(string? value, string message)
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(() =>
            ReadAsync(new PassphraseSource.EnvironmentVariable("KEY"), variable: value));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_gives_its_output()
    {
        using var passphrase = (await ReadAsync(
            new PassphraseSource.Command(["pass", "show", "x"]), run: (_, _) =>
                Task.FromResult(new CommandOutput(0, "secret\n"u8.ToArray())))).Passphrase;

        Assert.Equal("secret", Encoding.UTF8.GetString(passphrase.Bytes));
    }

    [Fact]
    public async Task A_failing_command_is_told_without_anything_that_it_was_given_or_said()
    {
        var output = "half-a-secret"u8.ToArray();
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => ReadAsync(
            new PassphraseSource.Command(["pass", "token-in-argv"]), run: (_, _) =>
                Task.FromResult(new CommandOutput(7, output))));

        Assert.EndsWith("exit code 7", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("half-a-secret", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("token-in-argv", failure.ToString(), StringComparison.Ordinal);
        Assert.All(output, value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task A_command_that_hangs_is_given_up_after_thirty_seconds()
    {
        var time = new ManualTimer();
        var started = new TaskCompletionSource();
        var reading = ReadAsync(new PassphraseSource.Command(["pass"]), time: time, run: async (_, token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return new CommandOutput(0, []);
        });
        await started.Task;
        Assert.Equal(TimeSpan.FromSeconds(30), time.Due);

        time.Fire();

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => reading);
        Assert.Contains("30 seconds", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_is_not_taken_for_a_timeout()
    {
        using var cancel = new CancellationTokenSource();
        var reading = ReadAsync(new PassphraseSource.Command(["pass"]), cancellationToken: cancel.Token, run: async (_, token) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            return new CommandOutput(0, []);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static Task<PassphraseReading> ReadFileAsync(string content, UnixFileMode mode) =>
        ReadAsync(new PassphraseSource.SecretFile("/k"), file: new SecretFileContent(Encoding.UTF8.GetBytes(content), mode));

    private static Task<PassphraseReading> ReadAsync(
        PassphraseSource source,
        string? variable = null,
        SecretFileContent? file = null,
        Func<IReadOnlyList<string>, CancellationToken, Task<CommandOutput>>? run = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        var access = new SecretAccess
        {
            ReadVariable = name => name == "KEY" ? variable : null,
            ReadFile = (_, _) => Task.FromResult(file!),
            RunCommand = run ?? ((_, _) => throw new InvalidOperationException("no command was expected")),
        };
        return new PassphraseReader(access, time ?? TimeProvider.System).ReadAsync(source, cancellationToken);
    }

    private sealed class ManualTimer : TimeProvider
    {
        private Action? _callback;

        public TimeSpan Due { get; private set; }

        public void Fire() => _callback!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            _callback = () => callback(state);
            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
