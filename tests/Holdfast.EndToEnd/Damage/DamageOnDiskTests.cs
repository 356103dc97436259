using Holdfast.EndToEnd.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Damage;

/// <summary>The real program on a damaged repository on disk: a sample of what the other tests here do to the library.</summary>
public sealed class DamageOnDiskTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task The_program_says_what_is_damaged_and_never_restores_wrong_bytes_with_exit_code_0()
    {
        using var stage = await DamageStage.CreateAsync("holdfast");
        using var program = new HoldfastProgram(stage.Path, OwnRepository.Passphrase);
        foreach (var type in Enum.GetValues<FileType>().Where(type => type != FileType.Lock))
        {
            foreach (var file in stage.Files.Where(file => file.Type == type).Take(type == FileType.Pack ? 6 : type == FileType.Snapshot ? 3 : 1))
            {
                var content = stage.Backend.Files[file];
                content = [.. content[..(content.Length / 3)], (byte)(content[content.Length / 3] ^ 1), .. content[((content.Length / 3) + 1)..]];
                await WriteAsync(stage, file, content);
                await ExpectToldAsync(stage, program, file);
                await WriteAsync(stage, file, stage.Backend.Files[file]);
            }
        }

        await program.RunAsync("check", "--read-data");
    }

    private async Task ExpectToldAsync(DamageStage stage, HoldfastProgram program, FileHandle file)
    {
        var check = await program.TryRunAsync("check", "--read-data");
        Assert.Equal(1, check.ExitCode);
        Assert.Contains(file.ToString(), check.Output + check.Error, StringComparison.Ordinal);
        var target = _temp[file.ToString()];
        var restore = await program.TryRunAsync("restore", "latest", "--target", target);
        stage.ExpectOnlyTrue(target, isComplete: restore.ExitCode == 0);
        Assert.True(restore.ExitCode == 0 || restore.Error.Length > 0, restore.ToString());
    }

    private static async Task WriteAsync(DamageStage stage, FileHandle file, byte[] content)
    {
        var name = file.Id.ToString();
        var path = file.Type switch
        {
            FileType.Config => "config",
            FileType.Pack => Path.Combine("data", name[..2], name),
            FileType.Key => Path.Combine("keys", name),
            FileType.Index => Path.Combine("index", name),
            _ => Path.Combine("snapshots", name),
        };
        path = Path.Combine(stage.Path, path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(path, content, DamageStage.Token);
    }
}
