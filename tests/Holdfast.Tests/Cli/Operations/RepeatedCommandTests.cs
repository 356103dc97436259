using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Cli.Commands.Operations;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Jobs;
using Holdfast.Tests.Engine.Operations;
using Xunit;

namespace Holdfast.Tests.Cli.Operations;

/// <summary>What is run again is what was asked for, all of it.</summary>
public sealed class RepeatedCommandTests : IDisposable
{
    private static readonly string[] Surroundings = ["job", "manifest", "repository", "folder"];

    private readonly JournalScene _scene = new();

    public static TheoryData<JobRequest> Requests => JobRequestTests.Requests;

    public void Dispose() => _scene.Dispose();

    [Theory]
    [MemberData(nameof(Requests))]
    public void All_that_was_asked_for_is_in_words_that_the_command_understands(JobRequest request)
    {
        var again = Again(request.Serialize())!;

        Assert.Empty(again.Parse().Errors);
        foreach (var (property, otherwise) in Otherwise(request.Serialize()))
            Assert.False(Again(otherwise) is { } other && again.Words.SequenceEqual(other.Words), $"{property} is lost: {again}");
    }

    [Fact]
    public void Each_property_of_a_request_is_asked_for_by_one_of_those_tried()
    {
        var requests = Requests.Select(row => row.Data).ToList();
        foreach (var type in typeof(JobRequest).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JobRequest))))
        {
            var tried = requests.Where(request => request.GetType() == type).SelectMany(request => Otherwise(request.Serialize())).Select(change => change.Property).ToHashSet();
            var all = type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            Assert.Empty(all.Except(tried).Select(property => $"{type.Name}: {property}"));
        }
    }

    [Fact]
    public async Task A_shell_reads_the_same_words_in_its_text()
    {
        string[] paths = ["./-x", "b c", "it's", "$HOME", "`id`", "a\"b", "*", "a\\b", "#", "~"];
        var request = new BackupRequest(paths, [], ["t;u"], null) { Folder = FilePath.Root, Manifest = FilePath.From("/srv/a b/holdfast.yaml") };
        var again = Again(request.Serialize())!;

        var words = (await RunningProcess.RunAsync("sh", ["-c", $"printf '%s\\0' {again}"])).Expect(0).Output.Split('\0');

        Assert.Equal(["holdfast", "backup", .. paths, "--tag", "t;u", "--config", "/srv/a b/holdfast.yaml", ""], words);
    }

    private RepeatedCommand? Again(string json) => RepeatedCommand.Of(_scene.Journal.Get(_scene.Journal.Begin(
        _scene.Application, new OperationRequest(OperationKind.Check, "title", json, "anna", "test 1"), _scene.Clock.GetLocalNow())));

    /// <summary>The same request with one thing that was asked for changed.</summary>
    private static IEnumerable<(string Property, string Json)> Otherwise(string json)
    {
        foreach (var (property, value) in JsonNode.Parse(json)!.AsObject())
        {
            if (Surroundings.Contains(property) || Other(property, value!) is not { } other) continue;
            var changed = JsonNode.Parse(json)!.AsObject();
            changed[property] = other;
            yield return (property, changed.ToJsonString());
        }
    }

    // Null for what nobody has asked for.
    private static JsonNode? Other(string property, JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True => JsonValue.Create(false),
        JsonValueKind.Number => JsonValue.Create(value.GetValue<double>() + 1),
        JsonValueKind.String when property == "drill" => value.GetValue<string>() == "ByManifest" ? null : JsonValue.Create("ByManifest"),
        JsonValueKind.String => JsonValue.Create(value.GetValue<string>() + "x"),
        JsonValueKind.Array when value.AsArray().Count > 0 => new JsonArray(),
        _ => null,
    };
}
