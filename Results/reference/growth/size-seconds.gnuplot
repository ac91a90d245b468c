# Draws size-seconds.svg from size-seconds.csv; gnuplot -e "format='png'" size-seconds.gnuplot draws size-seconds.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 1150,850 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 460,340 font 'DejaVu Sans,10' background 'white'
}
set output 'size-seconds.' . format
set datafile separator comma
set style line 1 linecolor rgb '#000000' linewidth 1.5 dashtype 1 pointtype 7 pointsize 0.8
set style line 2 linecolor rgb '#0072b2' linewidth 1.5 dashtype (12,4) pointtype 4 pointsize 0.8
set style line 3 linecolor rgb '#d55e00' linewidth 1.5 dashtype (3,4) pointtype 9 pointsize 0.8
set style line 4 linecolor rgb '#009e73' linewidth 1.5 dashtype (12,4,3,4) pointtype 12 pointsize 0.8
set style line 5 linecolor rgb '#cc79a7' linewidth 1.5 dashtype (8,3) pointtype 5 pointsize 0.8
set style line 6 linecolor rgb '#56b4e9' linewidth 1.5 dashtype (2,2) pointtype 6 pointsize 0.8
set style line 7 linecolor rgb '#e69f00' linewidth 1.5 dashtype (14,3,2,3,2,3) pointtype 8 pointsize 0.8
set style line 8 linecolor rgb '#666666' linewidth 1.5 dashtype (6,6) pointtype 13 pointsize 0.8
set key below left Left reverse samplen 4 width 2 font ',9'
set grid linecolor rgb '#cccccc' linewidth 0.8
set border 3
set tics nomirror
set xlabel 'side of the image in pixels' offset 0,0.6
set ylabel 'time [s]'
set title 'Time against side of the image in pixels'
set logscale x
set logscale y
set xtics ('16' 16, '24' 24, '32' 32, '48' 48, '64' 64)
set xrange [13.913043478260871:73.6]
set mytics 10
set format y '%g'
set format x '%g'
plot 'size-seconds.csv' using 1:2 with points linestyle 1 title 'client', \
     0.00231147 * x**(2.01775) with lines linestyle 1 dashtype 2 notitle, \
     'size-seconds.csv' using 1:3 with points linestyle 2 title 'server', \
     0.00207913 * x**(2.03066) with lines linestyle 2 dashtype 2 notitle
