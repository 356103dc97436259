using System.Text;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Backends.Rest;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Rest;

/// <summary>Answers that rclone does not give: other servers, old ones, proxies, and connections that break.</summary>
public sealed class RestAnswersTests
{
    private const string Version2 = "Content-Type: application/vnd.x.restic.rest.v2";

    private static readonly FileHandle Pack = new(FileType.Pack, Id.Of("pack"u8));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Asks_as_restic_does()
    {
        await using var server = new ScriptedHttpServer(question => question.Method == "HEAD" ? Answer("404 Not Found") : Answer("200 OK"));
        using var backend = Connect(server, "me:pass@");
        await backend.CreateAsync(Token);
        await backend.WriteAsync(Pack, new byte[70_000], Token);
        await backend.DeleteAsync(Pack, Token);

        Assert.Equal(
            ["POST /a/?create=true", $"POST /a/data/{Pack.Id}", $"DELETE /a/data/{Pack.Id}"],
            server.Questions.Select(question => $"{question.Method} {question.Path}"));
        Assert.All(server.Questions, question =>
        {
            Assert.Equal("application/vnd.x.restic.rest.v2", question.Headers["Accept"]);
            Assert.Equal("Basic bWU6cGFzcw==", question.Headers["Authorization"]);
            Assert.False(question.Headers.ContainsKey("Transfer-Encoding"));
        });
        Assert.Equal("70000", server.Questions[1].Headers["Content-Length"]);
    }

    [Fact]
    public async Task A_list_of_version_1_is_completed_by_asking_for_each_size()
    {
        var ids = Enumerable.Range(0, 12).Select(_ => Id.Random()).ToList();
        await using var server = new ScriptedHttpServer(question => question.Method switch
        {
            "GET" => Answer("200 OK", Encoding.UTF8.GetBytes($"[\"{string.Join("\",\"", ids)}\",\"not an ID\"]"), "Content-Type: application/vnd.x.restic.rest.v1"),
            _ when question.Path.EndsWith(ids[3].ToString(), StringComparison.Ordinal) => Answer("404 Not Found"),
            _ => Answer("200 OK", new byte[77]),
        });
        using var backend = Connect(server);

        var listed = await ListAsync(backend);

        Assert.Equal(ids.Where(id => id != ids[3]).Select(id => new StoredFile(new FileHandle(FileType.Index, id), 77)), listed);
    }

    [Theory]
    [InlineData("[{\"name\":\"x\",\"size\":1}", "torn")]
    [InlineData("[{\"name\":\"x\"}]", "without sizes")]
    [InlineData("[{\"name\":\"x\",\"size\":-1}]", "negative")]
    [InlineData("<html>Please sign in</html>", "a page")]
    [InlineData("", "empty")]
    public async Task What_is_no_list_is_never_taken_for_an_empty_one(string body, string what)
    {
        await using var server = new ScriptedHttpServer(_ => Answer("200 OK", Encoding.UTF8.GetBytes(body), Version2));
        using var backend = Connect(server);
        var failure = await FailsAsync(FailureKind.Unavailable, () => ListAsync(backend));
        Assert.True(failure.Message.Contains("no list of files", StringComparison.Ordinal), what);
    }

    [Fact]
    public async Task What_lies_beside_the_snapshots_is_told_and_a_missing_folder_of_them()
    {
        var id = Id.Random();
        var names = $"[{{\"name\":\"{id}\",\"size\":5}},{{\"name\":\"{id}.bak\",\"size\":5}},{{\"name\":\"{id}.rest-server-temp123\",\"size\":1}}]";
        await using var server = new ScriptedHttpServer(_ => Answer("200 OK", Encoding.UTF8.GetBytes(names), Version2));
        await using var empty = new ScriptedHttpServer(_ => Answer("404 Not Found"));
        using var backend = Connect(server);
        using var other = Connect(empty);

        Assert.Equal([$"{id}.bak"], (await backend.SurveyAsync(Token)).UnknownSnapshots);
        Assert.Equal(["snapshots"], (await other.SurveyAsync(Token)).MissingFolders);
    }

    [Fact]
    public async Task A_folder_that_was_never_made_is_empty_but_rclone_never_says_so()
    {
        await using var server = new ScriptedHttpServer(_ => Answer("404 Not Found"));
        await using var rclone = new ScriptedHttpServer(_ => Answer("404 Not Found", null, "Server: rclone/v1.60.1"));
        using var backend = Connect(server);
        using var other = Connect(rclone);
        Assert.Empty(await ListAsync(backend));
        await FailsAsync(FailureKind.Unavailable, () => ListAsync(other));
    }

    [Theory]
    [InlineData("206 Partial Content", "Content-Range: bytes 10-14/100", 5, FailureKind.Damaged)]
    [InlineData("206 Partial Content", "Content-Range: bytes 0-9/100", 10, FailureKind.Unavailable)]
    [InlineData("206 Partial Content", "X: y", 11, FailureKind.Unavailable)]
    [InlineData("206 Partial Content", "X: y", 9, FailureKind.Damaged)]
    [InlineData("200 OK", "X: y", 100, FailureKind.Unavailable)]
    [InlineData("200 OK", "X: y", 15, FailureKind.Damaged)]
    [InlineData("416 Range Not Satisfiable", "X: y", 0, FailureKind.Damaged)]
    [InlineData("302 Found", "Location: http://user:word@127.0.0.1/elsewhere", 0, FailureKind.Unavailable)]
    [InlineData("403 Forbidden", "X: y", 0, FailureKind.Unavailable)]
    [InlineData("500 Internal Server Error", "X: y", 0, FailureKind.Unavailable)]
    public async Task Only_the_range_that_was_asked_for_is_taken(string status, string header, int length, FailureKind kind)
    {
        await using var server = new ScriptedHttpServer(_ => Answer(status, new byte[length], header));
        using var backend = Connect(server);
        var failure = await FailsAsync(kind, () => backend.ReadAsync(Pack, 10, new byte[10], Token));
        Assert.DoesNotContain("word", failure.Message, StringComparison.Ordinal);
        Assert.Equal(status[0] == '5', failure.IsTransient);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_never_taken_for_the_file()
    {
        await using var server = new ScriptedHttpServer(_ => Answer("200 OK", new byte[1000])[..500]);
        using var backend = Connect(server);
        Assert.True((await FailsAsync(FailureKind.Unavailable, () => backend.ReadAllAsync(Pack, Token))).IsTransient);
    }

    [Fact]
    public async Task A_lost_answer_to_an_upload_that_arrived_is_no_failure_and_nothing_is_sent_twice()
    {
        byte[]? stored = null;
        await using var server = new ScriptedHttpServer(question =>
        {
            if (question.Method != "POST") return Answer("200 OK", stored);
            stored = question.Body;
            return null;
        });
        using var backend = Connect(server);
        await backend.WriteAsync(Pack, new byte[500], Token);
        Assert.Single(server.Questions, question => question.Method == "POST");
    }

    [Fact]
    public async Task Half_a_file_that_a_broken_upload_left_is_removed()
    {
        await using var server = new ScriptedHttpServer(question => question.Method switch
        {
            "POST" => null,
            "HEAD" => Answer("200 OK", new byte[200])[..^200],
            _ => Answer("200 OK"),
        });
        using var backend = Connect(server);
        await FailsAsync(FailureKind.Unavailable, () => backend.WriteAsync(Pack, new byte[500], Token));
        Assert.Equal("DELETE", server.Questions[^1].Method);
    }

    [Fact]
    public async Task A_config_that_was_there_before_survives_a_broken_upload()
    {
        await using var server = new ScriptedHttpServer(question => question.Method == "POST" ? null : Answer("200 OK", new byte[155])[..^155]);
        using var backend = Connect(server);
        await FailsAsync(FailureKind.Unavailable, () => backend.WriteAsync(FileHandle.Config, new byte[160], Token));
        Assert.DoesNotContain(server.Questions, question => question.Method == "DELETE");
    }

    [Fact]
    public async Task A_server_that_never_overwrites_is_asked_to_delete_first()
    {
        byte[] stored = [1, 2, 3];
        await using var server = new ScriptedHttpServer(question =>
        {
            if (question.Method == "DELETE") stored = [];
            if (question.Method != "POST") return stored.Length == 0 ? Answer("404 Not Found") : Answer("200 OK", stored);
            if (stored.Length > 0) return Answer("403 Forbidden");
            stored = question.Body;
            return Answer("200 OK");
        });
        using var backend = Connect(server);
        await backend.WriteAsync(FileHandle.Config, new byte[] { 4, 5 }, Token);
        Assert.Equal([4, 5], stored);
    }

    [Fact]
    public async Task A_full_server_is_told_from_a_broken_one()
    {
        await using var server = new ScriptedHttpServer(question => Answer(question.Method == "POST" ? "507 Insufficient Storage" : "404 Not Found"));
        using var backend = Connect(server);
        await FailsAsync(FailureKind.NoSpace, () => backend.WriteAsync(Pack, new byte[10], Token));
    }

    [Fact]
    public async Task The_servers_words_are_told_without_the_password_and_without_controls()
    {
        await using var server = new ScriptedHttpServer(_ => Answer("500 Oops", "pass \u001b[31mbroke"u8.ToArray(), "Content-Type: text/plain"));
        using var backend = Connect(server, "me:pass@");
        var failure = await FailsAsync(FailureKind.Unavailable, () => backend.DeleteAsync(Pack, Token));
        Assert.Contains("*** \\u{1b}[31mbroke", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_given_up()
    {
        await using var server = new ScriptedHttpServer(_ => []);
        using var backend = Connect(server, string.Empty, new RestOptions { StallTimeout = TimeSpan.FromMilliseconds(200) });
        Assert.True((await FailsAsync(FailureKind.Unavailable, () => backend.StatAsync(Pack, Token))).IsTransient);
    }

    private static byte[] Answer(string status, byte[]? body = null, params string[] headers) => ScriptedHttpServer.Answer(status, body, headers);

    private static RestBackend Connect(ScriptedHttpServer server, string userInfo = "", RestOptions? options = null)
    {
        var address = "rest:" + server.Address.Replace("http://", "http://" + userInfo, StringComparison.Ordinal) + "a";
        return new RestBackend((RestLocation)RepositoryLocation.Parse(address), options ?? new RestOptions(), TimeProvider.System);
    }

    private static async Task<List<StoredFile>> ListAsync(RestBackend backend)
    {
        var files = new List<StoredFile>();
        await foreach (var file in backend.ListAsync(FileType.Index, Token)) files.Add(file);
        return files;
    }

    private static async Task<HoldfastException> FailsAsync(FailureKind kind, Func<Task> action)
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(action);
        Assert.Equal(kind, failure.Kind);
        return failure;
    }
}
