# Draws curve.svg from curve.csv; gnuplot -e "format='png'" curve.gnuplot draws curve.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 1150,850 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 460,340 font 'DejaVu Sans,10' background 'white'
}
set output 'curve.' . format
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
set xlabel 'honest CT patches' offset 0,0.6
set ylabel 'cosine of stolen and true weights'
set title 'Stolen filters against honest CT patches'
set logscale x
set xtics ('1' 1, '2' 2, '4' 4, '8' 8, '16' 16, '32' 32, '64' 64)
set xrange [0.8695652173913044:73.6]
set format x '%g'
plot 'curve.csv' using 1:2:3:4 with yerrorlines linestyle 1 title 'least-squares', \
     'curve.csv' using 1:5:6:7 with yerrorlines linestyle 2 title 'reweighted-least-squares', \
     'curve.csv' using 1:8:9:10 with yerrorlines linestyle 3 title 'logistic'
