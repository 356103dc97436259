namespace Holdfast.Bench.Peers;

/// <summary>The two states of the database, and the file that is backed up, which holds one after the other.</summary>
internal sealed record Samples(string First, string Changed, string Source);

/// <summary>One tool doing all jobs once, from an empty repository. Before each job its input is in the page cache and nothing is waiting to be written.</summary>
internal static class ToolTrial
{
    public static async Task<ToolRun> RunAsync(BackupTool tool, Samples samples, string restored)
    {
        WorkFiles.Empty(tool.Directory);
        await MeasuredProgram.RunAsync(tool.Initialize);
        var empty = WorkFiles.Size(tool.Repository);

        await WorkFiles.PlaceAsync(samples.First, samples.Source);
        var first = await MeasureAsync(tool.Backup(samples.Source, "first"), samples.Source);
        var stored = WorkFiles.Size(tool.Repository) - empty;

        await WorkFiles.PlaceAsync(samples.Changed, samples.Source);
        var changed = await MeasureAsync(tool.Backup(samples.Source, "second"), samples.Source);
        var added = WorkFiles.Size(tool.Repository) - empty - stored;

        var restores = new List<Measurement>();
        foreach (var way in tool.Restores)
        {
            WorkFiles.Empty(restored);
            await WorkFiles.SettleAsync();
            restores.Add(await MeasureAsync(way.Into(restored), tool.Repository));
            WorkFiles.RequireSame(samples.Changed, restored, Path.GetFileName(samples.Source));
        }

        WorkFiles.Empty(restored);
        WorkFiles.Empty(tool.Directory);
        return new(first, stored, changed, added, restores);
    }

    public static async Task<Measurement> MeasureAsync(ProgramRun run, string input)
    {
        WorkFiles.Warm(input);
        return await MeasuredProgram.MeasureAsync(run);
    }
}
