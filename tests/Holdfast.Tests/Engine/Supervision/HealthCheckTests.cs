using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Supervision;

public sealed class HealthCheckTests : IDisposable
{
    private readonly SampleShop _shop = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", HealthGrade.Good, "status 204")]
    [InlineData("HTTP/1.1 503 Wait\r\nContent-Length: 0\r\n\r\n", HealthGrade.Bad, "status 503")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", HealthGrade.Silent, "status 502")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/login\r\n\r\n", HealthGrade.Bad, "status 302, which leads to \"http://127.0.0.1:1/login\"")]
    [InlineData("nonsense\r\n\r\n", HealthGrade.Bad, "an error")]
    public async Task Grades_answers(string answer, HealthGrade grade, string seen)
    {
        using var listener = new TcpListener(IPAddress.Loopback, _shop.Port);
        listener.Start();
        var asked = Check(Declared.Health(_shop.HealthUrl)).AskAsync(Token);
        using var client = await listener.AcceptTcpClientAsync(Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), Token);
        var result = await asked;
        Assert.Equal(grade, result.Grade);
        Assert.StartsWith(seen, result.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_takes_connections_and_says_nothing_is_not_silent()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _shop.Port);
        listener.Start();
        var answer = await Check(Declared.Health(_shop.HealthUrl, seconds: 0.2)).AskAsync(Token);
        Assert.Equal(new HealthAnswer(HealthGrade.Bad, "none within 0.2 s"), answer);
    }

    [Fact]
    public async Task A_port_that_refuses_connections_is_silent()
    {
        Assert.True((await Check(Declared.Health(_shop.HealthUrl)).AskAsync(Token)).IsSilent);
    }

    [Fact]
    public async Task Counts_good_answers_in_a_row()
    {
        var counter = Path.Combine(_shop.Root, "counter");
        // The third answer is bad; four in a row are wanted.
        var script = $"echo x >> {counter}; test $(wc -l < {counter}) -ne 3";
        var health = Declared.Health(_shop.HealthUrl, successes: 4) with { Probe = new HealthProbe.Command(["sh", "-c", script]) };
        await Check(health).WaitUntilHealthyAsync(() => null, Token);
        Assert.Equal(7, File.ReadAllLines(counter).Length);
    }

    [Fact]
    public async Task Says_what_was_seen_last()
    {
        var health = Declared.Health(_shop.HealthUrl) with { Probe = new HealthProbe.Command(["sh", "-c", "echo tables locked; exit 9"]) };
        var looks = 0;
        var error = await Assert.ThrowsAsync<HoldfastException>(() => Check(health).WaitUntilHealthyAsync(() => ++looks > 1 ? "it is in vain" : null, Token));
        Assert.Contains("exit code 9: tables locked", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_up_as_soon_as_it_is_in_vain()
    {
        var error = await Assert.ThrowsAsync<HoldfastException>(
            () => Check(Declared.Health(_shop.HealthUrl)).WaitUntilHealthyAsync(() => "process 12 has ended", Token));
        Assert.Contains("process 12 has ended", error.Message, StringComparison.Ordinal);
    }

    private HealthCheck Check(HealthDeclaration health) => new(health, Declared.Surroundings(_shop));
}
